"""The box at the top of the Korean page: which data, budget and device its numbers come from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from emnist_utils import studies
from emnist_utils.report import tables
from emnist_utils.report.markdown import box
from emnist_utils.training.record import Records

_IMAGES = {
    "official": "공식 EMNIST 파일의 이미지를 썼습니다.",
    "part": "EMNIST의 일부를 썼습니다.",
    "synthetic": "코드로 그린 대체 글자를 썼습니다.",
}


def about_runs(profile: str, records: Records) -> None:
    """Say in Korean which data, budget and devices some runs used, as ``banner.about_runs`` does in English.

    Parameters
    ----------
    profile : str
        A key of ``studies.PROFILES``.
    records : mapping
        Records by label, as ``runner.records`` returns them.
    """
    runs = [record for group in records.values() for record in group]
    kinds = {record.data.kind for record in runs}
    if "synthetic" in kinds:
        box(
            "warning",
            "EMNIST의 이미지가 아닙니다",
            "EMNIST 파일을 찾지 못해 코드로 그린 글자로 이 페이지를 만들었습니다. 연구가 어떻게 돌아가는지는 볼 수 "
            "있지만, 숫자는 EMNIST에 대해 아무것도 말해 주지 않습니다. `.venv/bin/emnist data --download` 명령으로 "
            "진짜 이미지를 받을 수 있습니다.",
        )
    seeds = sorted({len(group) for group in records.values()})
    devices = sorted(
        {f"{_in_korean(run.provenance.device)}, Keras({tables.BACKENDS[run.provenance.backend]})" for run in runs}
    )
    lines = [
        f"프로필 `{studies.profile(profile).name}`: {' '.join(_IMAGES[kind] for kind in sorted(kinds))}",
        f"규모: 훈련 이미지 {_range(record.data.train for record in runs)}장, 테스트 이미지 "
        f"{_range(record.data.test for record in runs)}장, {_range(record.recipe.epochs for record in runs)}에포크, "
        f"설정마다 시드 {' 또는 '.join(f'{n}개' for n in seeds)}.",
        f"계산한 기기: {'; '.join(devices)}.",
    ]
    box("note", "이 숫자들은 어디에서 왔나", "\n".join(f"- {line}" for line in lines))


def _in_korean(device: str) -> str:
    return re.sub(r"(\d+) threads?", r"스레드 \1개", device)


def _range(numbers: Iterable[int]) -> str:
    found = sorted(set(numbers))
    return f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,}\\~{found[-1]:,}"
