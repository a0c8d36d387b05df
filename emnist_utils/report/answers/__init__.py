"""What each chapter answers in short, in English and Korean: a module a chapter, so that a page depends on its own."""
