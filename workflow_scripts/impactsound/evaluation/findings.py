"""What the tables say, in sentences: what works, what does not, and where to look. Every figure is read off a table."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from impactsound.evaluation.grids import UNRANKED, number
from impactsound.evaluation.names import title

COPIES = ("retrieval", "modal")  # sounds of real training sounds, which a judge of real sounds knows best
SURE = 0.05  # greatest p of a difference that is called one
DECIMALS = 2

Tables = Mapping[str, pd.DataFrame]


def findings(paths: Mapping[str, str | Path]) -> list[str]:
    """The sentences, those of tables that were not made left out.

    Args:
        paths: CSV files by name.
    """
    tables = {name: pd.read_csv(path, keep_default_na=False, na_values=[""]) for name, path in paths.items()}
    return [sentence for needs, say in SAYINGS if set(needs) <= tables.keys() for sentence in say(tables)]


def _best(tables: Tables) -> list[str]:
    table = tables["comparison"].set_index("system")
    made = table.drop(index=[*UNRANKED, *COPIES], errors="ignore")
    copied = table.loc[table.index.isin(COPIES)]
    if made.empty:
        return []
    least, most = made["fid"].idxmin(), made["accuracy"].idxmax()
    said = [
        f"Of the systems that generate sounds for silent video, {title(least)} comes nearest to the real ones by FID "
        f"({_round(made['fid'][least])}), and the judge recognises the material best from {title(most)} "
        f"({_percent(made['accuracy'][most])})."
    ]
    if len(copied):
        best = copied["accuracy"].idxmax()
        said.append(
            f"Copying is hard to beat for a judge that was trained on real sounds: from {title(best)} it recognises "
            f"{_percent(copied['accuracy'][best])}."
        )
    return said


def _differences(tables: Tables) -> list[str]:
    table = tables["paired"]
    table = table[table["measure"] == "accuracy"].set_index("system")
    if table.empty:
        return []
    sure = table["p_holm"] < SURE
    better, worse = (sure & (sign * table["difference"] > 0) for sign in (1, -1))
    parts = [
        f"recognised {word}: {', '.join(map(title, table.index[rows]))}"
        for word, rows in (("better", better), ("worse", worse))
        if rows.any()
    ]
    rest = f"no difference can be shown of the other {(~sure).sum()}" if (~sure).any() else ""
    said = "; ".join([*parts, *filter(None, [rest])])
    return [f"Against {title(table['reference'].iloc[0])}, on the same clips and corrected for their number, {said}."]


def _matching_costs(tables: Tables) -> list[str]:
    table = tables["comparison"].set_index("system")
    if not {"physics", "physics_oracle"} <= set(table.index):
        return []
    match, own = table.loc["physics"], table.loc["physics_oracle"]
    return [
        f"Told the clip's own physics in place of its match's, the same network has a FID of {_round(own['fid'])} in "
        f"place of {_round(match['fid'])}, and its sounds are recognised in {_percent(own['accuracy'])} in place of "
        f"{_percent(match['accuracy'])} of clips: that is what better matching could gain."
    ]


def _copies(tables: Tables) -> list[str]:
    table = tables["copies"].set_index("system")
    made = table.drop(index=["real", *COPIES], errors="ignore")
    if made.empty:
        return []
    most = made["nearer"].idxmax()
    return [
        f"Sounds nearer to a training sound than all but 5 % of real test sounds are: at most "
        f"{_percent(made['nearer'][most])} of a generating system's ({title(most)}); in copying systems "
        f"{_percent(table.loc[table.index.isin(COPIES), 'nearer'].max())}."
    ]


def _ways(tables: Tables) -> list[str]:
    table = tables["matching"]
    table = table[table["split"] == "test"].set_index("way")
    ways = table.drop(index=["chance", "average", "nearest_physics", "own", "regressed"], errors="ignore")
    right, near = ways["same"].idxmax(), ways["energy"].idxmin()
    return [
        f"The bank's match is of the right material in {_percent(ways['same'].iloc[0])} of test clips "
        f"(chance {_percent(table['same']['chance'])}), at best in {_percent(ways['same'][right])} ({right}); the "
        f"energies of its modes are {_round(ways['energy'].iloc[0])} dB off, at best {_round(ways['energy'][near])} "
        f"({near}), where the nearest entry there is would be {_round(table['energy']['nearest_physics'])} dB off."
    ]


def _unseen(tables: Tables) -> list[str]:
    table = tables["unseen"].set_index(["variant", "system", "trained", "part"])["accuracy"]
    said = []
    for variant in table.index.unique("variant"):
        systems = [name for name in table[variant].index.unique("system") if name not in COPIES]
        parts = [
            f"{title(name)} {_percent(table[variant, name, 'without', 'left out'])} in place of "
            f"{_percent(table[variant, name, 'with all', 'left out'])}"
            for name in systems
            if (variant, name, "without", "left out") in table.index
        ]
        if parts:
            said.append(f"Of what training lacked ({variant}) the material is recognised from {'; '.join(parts)}.")
    return said


def _noise(tables: Tables) -> list[str]:
    table = tables["noise"].set_index("recording")
    if table["recall"].isna().any():
        return []
    worst = table["recall"].idxmin()
    return [
        f"Of the true modes that should be heard {_percent(table['recall'].iloc[0])} are found in clean recordings, "
        f"and {_percent(table['recall'][worst])} in the worst ({worst})."
    ]


def _edits(tables: Tables) -> list[str]:
    table = tables["editing"]
    pitch = table[table["measure"] == "pitch"]
    share = (pitch["obtained"] / pitch["asked"]).groupby(pitch["system"]).mean().drop(index="modal", errors="ignore")
    if share.empty:
        return []
    best, worst = share.idxmax(), share.idxmin()
    return [
        f"A change of size moves the pitch of what {title(best)} makes by {_percent(share[best])} of what was asked, "
        f"and of what {title(worst)} makes by {_percent(share[worst])}."
    ]


def _steps(tables: Tables) -> list[str]:
    table = tables["sampling"]
    longest = table.loc[table["evaluations"].idxmax()]
    as_good = table[table["kid"] <= longest["kid_high"]]
    cheapest = as_good.loc[as_good["evaluations"].idxmin()]
    return [
        f"{cheapest['evaluations']} evaluations of the network ({cheapest['sampler']}) give a KID within the interval "
        f"of {longest['evaluations']} ({longest['sampler']})."
    ]


def _hits(tables: Tables) -> list[str]:
    table = tables["onsets"]
    tightest = table[(table["mean"] == "hits") & (table["tolerance"] == table["tolerance"].min())]
    learned, motion = (tightest.set_index("detector").loc[name] for name in ("learned", "motion alone"))
    return [
        f"Of the hits in silent test videos {_percent(learned['recall'])} are found within "
        f"{1000 * learned['tolerance']:.0f} ms, and {_percent(learned['precision'])} of what is found are hits; by "
        f"motion alone {_percent(motion['recall'])} and {_percent(motion['precision'])}."
    ]


SAYINGS: tuple[tuple[tuple[str, ...], Callable[[Tables], list[str]]], ...] = (
    (("comparison",), _best),
    (("paired",), _differences),
    (("comparison",), _matching_costs),
    (("editing",), _edits),
    (("matching",), _ways),
    (("unseen",), _unseen),
    (("noise",), _noise),
    (("copies",), _copies),
    (("onsets",), _hits),
    (("sampling",), _steps),
)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%".replace("-", "−")


def _round(value: float) -> str:
    return number(round(float(value), DECIMALS))
