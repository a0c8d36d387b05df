# ---
# jupyter:
#   jupytext:
#     formats: py:percent,ipynb
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Write a character
#
# **What does a network of this book make of your handwriting?** Write one digit or letter into the square, with the
# mouse, a pen or a finger. The network answers while you write. It runs in your browser: nothing that you write leaves
# this page, and it works without a connection.
#
# <noscript><p><strong>Writing needs JavaScript, which is switched off in this browser.</strong> The rest of this page can be read without it.</p></noscript>
# <section id="write-tool" class="write-tool" aria-label="Write a character" hidden>
# <div>
# <canvas id="write-area" width="832" height="832" role="img" aria-label="Square to write into, with a mouse, a pen or a finger"></canvas>
# <button type="button" id="write-undo" aria-keyshortcuts="Control+Z">Undo</button>
# <button type="button" id="write-clear" aria-keyshortcuts="Delete">Clear</button>
# </div>
# <div>
# <h2 id="write-heading">Answer</h2>
# <p id="write-status" role="status" aria-live="polite" aria-labelledby="write-heading"></p>
# <ol id="write-bars" aria-label="The five likeliest classes"></ol>
# <figure>
# <canvas id="write-seen" width="28" height="28" role="img" aria-label="The image of 28 by 28 pixels that the network sees"></canvas>
# <figcaption>What the network sees: 28&nbsp;×&nbsp;28 pixels.</figcaption>
# </figure>
# <p id="write-confusions"></p>
# </div>
# </section>
#
# *Undo* takes the last stroke back (also Ctrl+Z), *Clear* takes all (also Delete).

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% [markdown]
# ## Which network this is

# %% tags=["hide-input"]
from emnist_utils import results, trace
from emnist_utils.data.specs import SPECS
from emnist_utils.report import browser_network, errors, tables
from emnist_utils.report.data_banner import show_origin
from emnist_utils.report.markdown import say

record, weights = results.find_network()
show_origin(
    record.data.kind == "synthetic",
    [
        f"Run `{record.run_id}`, whose record is in `results/` with its weights; every profile shows this one.",
        record.data.description,
        f"Recipe: {record.recipe.label()}; {record.epochs_run} epochs in batches of {record.recipe.batch}.",
        f"Computed on: {record.provenance.device}, Keras on {tables.BACKENDS[record.provenance.backend]}.",
    ],
)
spec = SPECS[record.recipe.dataset]
network = browser_network.describe(results.read_network(record, weights))
browser_network.embed(network, errors.confusion_matrix([record], spec.classes))
scripts = [path for pattern in ("tensorflow/*.js", "write*.js") for path in trace.note_files(f"assets/{pattern}")]
augmented = ", each changed a little at random in every epoch" if record.recipe.augmentation != "none" else ""
say(
    f"The residual CNN of {{doc}}`02-model-design`{tables.at_width(record.recipe.width)}, with "
    f"{record.parameters:,} parameters, trained on {record.data.train:,} images of {spec.title}{augmented}. On "
    f"{record.data.test:,} test images {tables.percent(tables.accuracy([record]))} % of its answers were right (95 % "
    "interval). {doc}`10-results` shows what the book's networks get wrong. For the browser, batch normalisation is made "
    "part of the convolutions, and the weights are rounded to 16 bits. With this page you have loaded "
    f"{len(network['weights']) / 1e6:.2f} MB of weights and {sum(path.stat().st_size for path in scripts) / 1e6:.2f} MB "
    "of scripts, nearly all of them [TensorFlow.js](https://www.tensorflow.org/js). No other page of the book loads them."
)

# %% [markdown]
# ## What it sees
#
# EMNIST's images were made from scanned forms: the character was cut out, put into the middle of a square, blurred a
# little and reduced to 28 × 28 pixels {cite}`cohen2017`. What you write goes the same way, by the steps that were
# recovered from the images themselves. The width of the pen is fitted to the character before that. So it does not
# matter where in the square you write, nor how large. The network cannot know either: it sees no difference between a
# small and a capital letter of one shape. In EMNIST's images the sharpness of the edges still hints at the size
# ({doc}`01-dataset-analysis`); here it cannot, since all you write is brought to one size before it is blurred.
#
# ## What it cannot do
#
# - It knows 62 characters, 0 to 9, A to Z and a to z, each alone. It has no answer for anything else: a question mark, an
#   Ä, two letters side by side or a face are answered with one of the 62, at times with high confidence.
# - It learned from forms that people in the United States filled in with a pen. It may have seen too few of a 1 or a 7 as
#   you write them, and a line drawn with a mouse shakes in another way than one from a pen. How a network does on images
#   of another set than its own is the subject of {doc}`07-cross-dataset`.
# - Shape alone does not tell 0 from O and o, nor 1 from I and l. Read in the line below the bars what the test images
#   were that got the same answer. {doc}`01-dataset-analysis` counts what that costs any reader.
# - Its percentages are no promise. How far they can be trusted was measured on test images only: {doc}`10-results`.
#
# ## Try it yourself
#
# - Write O, small and then large. Then add a stroke and make it a Q. When does the answer change?
# - Write 7 with a bar and without one, 1 with a flag and without one, 4 open and closed.
# - Write s, S and 5 until you can make the network say each.
# - Write something that is none of the 62, and look at how sure the answer is.
