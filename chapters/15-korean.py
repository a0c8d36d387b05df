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
# {.language-ko}
# # [한국어 요약]{.language-ko}
#
# **연구를 처음부터 다시 해도 그대로 남는 결론은 무엇일까요?** 2024년 6월, 어느 수업의 최종 발표에서 학생 한 팀이 EMNIST
# {cite}`cohen2017` 이미지로 여러 {term}`합성곱 <convolution>` 신경망을 비교했습니다. EMNIST는 손으로 쓴 숫자와 알파벳
# 이미지 814,255장을 모은 데이터셋입니다. 팀은 신경망의 구조, {term}`최적화 기법 <optimizer>`,
# {term}`활성화 함수 <activation>`, {term}`잔차 블록 <residual block>`의 수, {term}`학습률 <learning rate>`을 하나씩 바꾸어
# 가며 결과를 견주었습니다. 꼼꼼한 작업이었지만, 숫자 하나하나가 단 한 번의 훈련에서 나온 것이었습니다. 이 책은 같은
# 질문을 다시 던지고, 발표에서는 다룰 시간이 없었던 것을 더합니다. 곧 여력이 되는 곳에서는 같은 설정을 여러 번 훈련하고,
# 결과가 얼마나 확실한지 보여 주는 {term}`신뢰 구간 <confidence interval>`, 차이가 우연인지 가리는 검정, 그리고 어떤 신경망이든
# 이 이미지에서 부딪히는 한계에 대한 분석을 보탭니다. 좋은 출발점을 마련해 준 팀에 감사드립니다.
#
# 이 페이지는 영어로 쓴 이 책의 첫 페이지와 각 장의 요약을 한국어로 옮긴 것입니다. 여기서도 결과를 손으로 적어 넣지
# 않았습니다. 숫자는 모두 코드가 이미지를 세거나 훈련 {term}`기록 <record>`을 읽어서 쓴 것이며, 그 코드는 접힌 채로 이
# 페이지에 들어 있습니다.

# %% tags=["parameters", "remove-cell"]
profile = "quick"

# %% tags=["hide-input"] mystnb={"code_prompt_show": "코드 보기", "code_prompt_hide": "코드 접기"}
from emnist_utils import reported, runner, studies
from emnist_utils.data.specs import BYMERGE_TEST_IN_BYCLASS_TEST, SPECS
from emnist_utils.published import snapshot_of
from emnist_utils.report import comparison, korean_banner, run_list, tables, view_accuracy
from emnist_utils.report.answers import (
    across_datasets,
    activation,
    blocks,
    dataset,
    final,
    learning_rate,
    losses,
    network,
    optimizer,
    training_size,
    wording,
)
from emnist_utils.report.counting import frequency_only_error
from emnist_utils.report.markdown import say, table
from emnist_utils.report.reported_figures import reported_differences

runs = runner.all_records(profile)
korean_banner.about_runs(profile, run_list.rows(runs))

# %% [markdown]
# ## 1분 요약

# %% tags=["hide-input"] mystnb={"code_prompt_show": "코드 보기", "code_prompt_hide": "코드 접기"}
FINAL = "최종 모델"
finals = runs["final"]
rows = {label: group for label, group in runs["models"].items() if "," not in label} | {FINAL: finals["ByClass"]}
sizes = {label: group[0].parameters for label, group in rows.items()}
smallest, largest = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
report = reported.load("models")
apart = reported_differences().query("difference < 0")
model, balanced = finals["ByClass"][0], finals["Balanced"][0]
over_views = view_accuracy.accuracies(finals)


def narrowed(record):
    return "" if record.recipe.width == 1 else f"너비를 {record.recipe.width:g}배로 줄인 "


say(
    f"보고서의 신경망은 파라미터가 {sizes[smallest]:,}개인 {wording.name(smallest).korean}부터 {sizes[largest]:,}개인 "
    f"{wording.name(largest).korean}까지 정확도가 모두 {report.accuracy.max() - report.accuracy.min():.1f}%p 안에 모여 있습니다. 더 "
    "나아가지 못하게 막는 것은 글자 자체입니다. 0 O o, 1 I i l, 그리고 C처럼 대문자와 소문자의 모양이 같은 글자에서 늘 가장 흔한 "
    f"글자로 답하고 나머지는 완벽하게 읽는 사람이라도, 테스트 이미지의 {100 - 100 * frequency_only_error():.2f}%를 맞히는 데 그칩니다. "
    f"보고서에서 가장 좋은 신경망({report.accuracy.max():.2f}%)도 이보다 "
    f"{report.accuracy.max() - 100 + 100 * frequency_only_error():.1f}%p 높을 뿐입니다. 각 표에서 1위를 뺀 결과 {len(apart)}개 가운데 {(~apart['exceeds']).sum()}개는 "
    "1위와의 차이가 우연의 범위를 벗어나지 않습니다.\n\n"
    "이 책에서는 검증으로 고른 설정으로 다시 훈련했습니다. "
    f"{narrowed(model)}잔차 CNN(파라미터 {model.parameters:,}개)의 정확도는 ByClass에서 {wording.accuracy(finals['ByClass'])}%, "
    f"ByMerge에서 {wording.accuracy(finals['ByMerge'])}%이고, {narrowed(balanced)}잔차 CNN은 Balanced에서 "
    f"{wording.accuracy(finals['Balanced'])}%입니다. 이미지를 상하좌우로 최대 한 픽셀씩 옮긴 아홉 가지 모습으로 보고 답을 평균하면 정확도는 차례로 "
    + ", ".join(f"{tables.percent(found)}%" for found in over_views.values())
    + "입니다."
)

# %% tags=["hide-input"] mystnb={"code_prompt_show": "코드 보기", "code_prompt_hide": "코드 접기"}
published, old_finals = (runner.published(name, studies.PUBLISHED) for name in ("models", "final"))
known = {label: group for label, group in published.items() if label in rows}
if "ByClass" in old_finals:
    known[FINAL] = old_finals["ByClass"]
scores = comparison.accuracy_table(rows, "신경망", report, known).rename(
    columns={
        "report: accuracy": "2024년 보고서",
        "published: accuracy": "공개된 결과",
        "here: accuracy": "이 책",
        "reproduced": "재현",
    }
)
scores = scores.drop(columns=["macro-F1", "balanced accuracy", "report: loss", "loss"])
if "재현" in scores:
    scores["재현"] = scores["재현"].replace({"yes": "예", "no": "아니요"})
scores["신경망"] = [wording.name(label).korean for label in rows]
scores.insert(1, "파라미터", [f"{count:,}" for count in sizes.values()])
scores.insert(2, "훈련 이미지", [f"{group[0].data.train:,}" for group in rows.values()])
table(
    scores,
    "ByClass의 62개 클래스에 대한 테스트 정확도(%)와 파라미터 수, 훈련 이미지 수. 보고서는 훈련 이미지 "
    f"{SPECS['byclass'].train_size:,}장으로 최대 50에포크까지 훈련했고, WaveMix-Lite의 값은 원저자의 것을 인용했습니다",
    "table-korean",
)
say(
    "훈련 이미지와 에포크의 수가 다르면 정확도를 보고서와 직접 비교할 수 없습니다. 훈련 이미지 수가 같은 행끼리만 순서와 차이를 "
    "비교할 수 있습니다. 최종 모델을 어떻게 골랐는지는 {doc}`결과 <10-results>`에 있습니다."
)

# %% [markdown]
# ## 무엇을 바로잡았나

# %% tags=["hide-input"] mystnb={"code_prompt_show": "코드 보기", "code_prompt_hide": "코드 접기"}
rates = [reported.load(f"learning_rates_{name}").accuracy[1e-3] for name in ("first", "second")]
shared = 100 - 100 * BYMERGE_TEST_IN_BYCLASS_TEST / SPECS["bymerge"].test_size
matrix = reported.load("cross_dataset").set_index("tested on", append=True).accuracy
quoted = 1e6 * float(report.parameters["WaveMix-Lite 128/7"].removesuffix("M")) / sizes["WaveMix-Lite 128/7"]
relu, adam = reported.load("activations").accuracy["ReLU"], reported.load("optimizers").accuracy["Adam"]
say(
    "\n".join(
        [
            "- **보고서에 나온 차이는 상당수가 우연의 범위를 벗어나지 않습니다.** 학습률을 찾는 두 번째 탐색에서는 결과 사이의 차이가 "
            f"모두 테스트 이미지 {SPECS['byclass'].test_size:,}장을 뽑는 우연만으로 생길 수 있는 정도이고, 같은 학습률 1e-3으로 훈련한 "
            f"두 결과부터 이미 {abs(rates[0] - rates[1]):.2f}%p 차이가 납니다({{doc}}`학습률 <06-learning-rate>`).",
            "- **최적화 기법을 비교한 표는 사실 기본 학습률을 비교한 표였습니다.** 기법마다 알맞은 학습률을 찾아 주면 어떻게 "
            "되는지는 {doc}`최적화 기법 <03-optimizer>`에서 다룹니다.",
            "- **교차 데이터셋 평가표는 실력뿐 아니라 기억까지 재고 있었습니다.** 모든 세트를 같은 글자 모음에서 뽑았기 때문에, 공식 "
            f"ByMerge 테스트 이미지의 {shared:.1f}%는 ByClass의 훈련 이미지이기도 합니다. ByMerge로 훈련한 신경망의 정확도가 정작 "
            f"ByMerge에서는 {matrix['ByMerge', 'ByMerge']:.2f}%인데 ByClass에서는 {matrix['ByMerge', 'ByClass']:.2f}%로 더 높게 나올 "
            "수 있는 까닭입니다({doc}`교차 데이터셋 평가 <07-cross-dataset>`).",
            "- **클래스 가중치는 목적이 다른 방법이었고, 초점 손실(focal loss)의 알파는 애초에 영향을 줄 수 없었습니다.** 가중치는 "
            "정확도를 내주고 균형 정확도를 얻으려는 방법입니다. 모든 클래스에 똑같은 알파를 곱하면 손실의 척도만 바뀝니다"
            "({doc}`클래스 가중치 <08-class-weights-and-focal-loss>`).",
            "- **글자의 원래 크기를 짐작하게 하는 흔적이 하나 남아 있고, 데이터 증강은 그것을 가립니다.** EMNIST는 모든 글자를 같은 "
            "크기로 맞추지만, 크게 쓴 글자일수록 윤곽선이 선명해서 0과 O, 5와 S를 가르는 데 도움이 됩니다"
            "({doc}`데이터셋 분석 <01-dataset-analysis>`). 픽셀 사이의 값을 보간하는 증강은 윤곽선을 다시 흐리게 만들어, 모양만으로 "
            "가를 수 없는 글자에서 손해를 봅니다. 이미지를 픽셀 단위로만 옮기면 그렇지 않습니다({doc}`결과 <10-results>`).",
            "- **사소한 오류도 있었습니다.** 데이터 슬라이드에 J와 Y의 개수로 적힌 값은 j와 y의 것이고, WaveMix-Lite 128/7의 "
            f"파라미터 수는 실제의 {quoted:.1f}배로 적혀 있습니다({{doc}}`모델 설계 <02-model-design>`). 또 표마다 기본 설정이 "
            f"달라, 같은 값이어야 할 ReLU와 Adam의 정확도가 {abs(relu - adam):.2f}%p 차이 납니다({{doc}}`활성화 함수 <04-activation>`).",
        ]
    )
)

# %% [markdown]
# ## 읽는 법
#
# - {term}`정확도 <accuracy>`는 {term}`테스트 이미지 <test images>` 가운데 맞힌 비율입니다. ± 뒤의 값은 95% 신뢰 구간 폭의
#   절반입니다. 이 구간은 {term}`시드 <seed>`가 하나면 테스트 이미지를 뽑는 우연을, 여럿이면 훈련의 우연을 반영합니다.
# - 퍼센트포인트(%p)는 두 백분율의 차입니다.
# - 설정은 {term}`검증 이미지 <validation images>`만 보고 고릅니다. 테스트 이미지는 고르는 데 쓰지 않으므로, 검증에서 가장
#   좋은 설정이 테스트에서도 가장 좋으란 법은 없습니다.
# - “차이를 확인하지 못했습니다”는 서로 같다는 뜻이 아니라, 이 실험만으로는 우연과 구별할 수 없다는 뜻입니다. 한꺼번에 여러
#   가지를 비교할 때는 홀름(Holm)의 방법으로 기준을 그만큼 높였습니다.
# - 시드 1개로 얻은 결과는 한 번 훈련한 신경망의 것입니다. 근소한 차이의 순서는 다시 훈련하면 바뀔 수 있습니다.

# %% [markdown]
# ## 장별 요약

# %% tags=["hide-input"] mystnb={"code_prompt_show": "코드 보기", "code_prompt_hide": "코드 접기"}
loss_studies = [runs[name] for name in ("class-balance", "focal-loss", "regularisation")]
chapters = [
    (
        "01-dataset-analysis",
        "데이터셋 분석",
        "EMNIST에는 무엇이 들어 있고, 신경망의 한계는 어디에서 올까요?",
        dataset.in_short(snapshot_of(profile)),
    ),
    (
        "02-model-design",
        "모델 설계",
        "파라미터와 시간을 더 들이면 정확도가 얼마나 오를까요?",
        network.in_short(runs["models"]),
    ),
    (
        "03-optimizer",
        "최적화 기법",
        "어느 최적화 기법이 가장 좋고, 승부를 가르는 것은 기법일까요, 학습률일까요?",
        optimizer.in_short(runs["optimizers"]),
    ),
    (
        "04-activation",
        "활성화 함수",
        "활성화 함수가 결과에 영향을 줄까요?",
        activation.in_short(runs["activations"]),
    ),
    ("05-residual-blocks", "잔차 블록", "잔차 블록은 몇 개면 충분할까요?", blocks.in_short(runs["blocks"])),
    (
        "06-learning-rate",
        "학습률",
        "학습률은 얼마나 정확해야 할까요?",
        learning_rate.in_short(runs["learning-rates"]),
    ),
    (
        "07-cross-dataset",
        "교차 데이터셋 평가",
        "한 세트로 훈련한 신경망이 다른 세트도 맞힐까요?",
        across_datasets.in_short(runs["cross-dataset"]),
    ),
    (
        "08-class-weights-and-focal-loss",
        "클래스 가중치, 초점 손실(focal loss), 규제",
        "교차 엔트로피로 부족한 곳에 다른 손실 함수가 도움이 될까요?",
        losses.in_short(*loss_studies),
    ),
    (
        "09-training-size",
        "훈련 데이터의 크기",
        "훈련 이미지를 더 모으면 무엇이 나아질까요?",
        training_size.in_short(runs["training-size"]),
    ),
    (
        "10-results",
        "결과",
        "가장 좋은 신경망은 얼마나 정확하고, 무엇을 여전히 틀릴까요?",
        final.in_short(runs["width"], finals, runs["models"], over_views),
    ),
]
say(
    "\n\n".join(
        f"{{doc}}`{title} <{page}>`\n: {question}\n\n  {answer.korean}" for page, title, question, answer in chapters
    )
)

# %% [markdown]
# ## 더 읽기
#
# 이 책의 나머지는 영어로 되어 있습니다.
#
# - {doc}`글자 써 보기 <14-write-a-character>`: 직접 쓴 글자를 신경망이 브라우저 안에서 읽습니다.
# - {doc}`실행 목록 <11-runs>`: 이 책에 쓰인 훈련의 목록입니다.
# - {doc}`비용 <12-cost>`: 훈련에 걸린 시간을 다룹니다.
# - {doc}`첫 페이지 <00-overview>`: 이 책을 직접 다시 만드는 방법이 있습니다. 저장소를 내려받은 폴더에서 `make book`을 실행하면
#   모든 신경망을 작은 규모로 새로 훈련하고 이 페이지들을 만듭니다.
# - {doc}`용어집 <13-glossary>`: 이 책의 용어를 쉬운 영어로 풀이합니다. 한국어로 옮기면 다음과 같습니다.
#
# | 한국어 | 영어 | 한국어 | 영어 |
# |:--|:--|:--|:--|
# | 검증 이미지 | {term}`validation images` | 실행 | {term}`run` |
# | 과적합 | {term}`over-fitting` | 에포크 | {term}`epoch` |
# | 교차 엔트로피 | {term}`cross-entropy` | 잔차 블록 | {term}`residual block` |
# | 균형 정확도 | {term}`balanced accuracy` | 재현율 | {term}`recall` |
# | 기록 | {term}`record` | 정밀도 | {term}`precision` |
# | 대체 글자 | {term}`stand-in` | 초점 손실 | {term}`focal loss` |
# | 데이터 증강 | {term}`augmentation` | 최적화 기법 | {term}`optimizer` |
# | 드롭아웃 | {term}`dropout` | 클래스 가중치 | {term}`class weight` |
# | 레이블 스무딩 | {term}`label smoothing` | 테스트 이미지 | {term}`test images` |
# | 로짓 | {term}`logit` | 파라미터 | {term}`parameter` |
# | 모양이 비슷한 글자 | {term}`look-alikes` | 프로필 | {term}`profile` |
# | 배치 정규화 | {term}`batch normalisation` | 학습률 | {term}`learning rate` |
# | 손실 | {term}`loss` | 합성곱 | {term}`convolution` |
# | 시드 | {term}`seed` | 혼동 행렬 | {term}`confusion matrix` |
# | 신뢰 구간 | {term}`confidence interval` | 활성화 함수 | {term}`activation` |
