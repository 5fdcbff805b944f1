"""A second engine, straight from the rule's text, on the raw numbers of a golden case.

It shares nothing with the product: no enumeration, no class, no helper. Where the two disagree, one is wrong.
Three values are 1 pass, 0 fail, None unknown.
"""

WEIGHTS = [[25, 20, 15, 5, 15, 10, 10], [25, 15, 15, 15, 10, 10, 10], [20, 25, 10, 25, 5, 10, 5]]
POINTS = [[1000, 600, 0], [400, 1000, 400], [0, 200, 1000]]
REGION = [0, 0, 0, 1, 1, 1]
NAMES = [
    "status",
    "tenure",
    "tier",
    "negative_list",
    "env",
    "area",
    "price",
    "load",
    "height",
    "power",
    "date",
]


def _reach(has, need):
    if not need:
        return 1
    return None if has is None else int(has >= need)


def _env(lead, allowed):
    if lead == 0 or allowed == 3:
        return 1
    return None if lead is None or allowed is None else int(lead <= allowed)


def _area(lead, offer):
    low, target, high = lead["a_min"], lead["a_tgt"], lead["a_max"]
    free, split = offer["free"], offer["split"]
    if offer["tenure"] == 2 and lead["tenure"] is None:
        return None
    if (low is not None and free is not None and free < low) or (
        high is not None and split is not None and split > high
    ):
        return 0
    sure_free = low if low is not None else target if target is not None else high
    sure_split = high if high is not None else target if target is not None else low
    if None in (sure_free, sure_split, free, split) or free < sure_free or split > sure_split:
        return None
    return 1


def verdicts(lead, offer, world):
    allow = world["allow"][offer["park"]]
    mask, budget, price = offer["tier_mask"], lead["price"], offer["price"]
    if lead["tenure"] is None:
        budget = None
    ready, need = offer["avail"], lead["need"]
    tier, gb = lead["tier"], lead["gb"]
    found = [
        offer["active"],
        None if lead["tenure"] is None else int(lead["tenure"] == offer["tenure"]),
        1 if mask == 7 else None if mask is None or tier is None else mask >> tier & 1,
        None if allow is None else 1 if all(allow) else None if gb is None else allow[gb],
        _env(lead["env"], offer["env_max"]),
        _area(lead, offer),
        1 if budget is None else None if price is None else int(price <= budget),
        _reach(offer["load"], lead["load"]),
        _reach(offer["height"], lead["height"]),
        _reach(offer["power"], lead["power"]),
        1 if need is None else None if ready is None else int(ready <= need + lead["grace"]),
    ]
    return dict(zip(NAMES, found, strict=True))


def _space(lead, offer):
    target, free, split, high = lead["a_tgt"], offer["free"], offer["split"], lead["a_max"]
    if None in (target, free, split) or (offer["tenure"] == 2 and lead["tenure"] is None):
        return 0, 1000
    if high is None:
        if split > target:
            return 0, 1000
        high = target
    alloc = min(max(target, lead["a_min"] or 0, split), high, free)
    rest = free - alloc
    waste = rest if 0 < rest < split else 0
    score = max(0, 1000 - (1000 * (abs(alloc - target) + waste)) // target)
    return score, score


def _tech(lead, offer):
    scores, open_ = [1000], False
    for name in ("load", "height", "power"):
        need, has = lead[name], offer[name]
        if need and has is None:
            open_ = True
        elif need:
            scores.append(500 + 2000 * (has - need) // need)
    return (0 if open_ else min(scores)), min(scores)


def _location(lead, world, park):
    platform, mask = world["plat"][park], lead["pref"]
    if not mask:
        return 1000, 1000
    if platform is None:
        return 0, 1000
    if mask >> platform & 1:
        return 1000, 1000
    near = any(mask >> other & 1 and REGION[other] == REGION[platform] for other in range(6))
    return (500, 500) if near else (0, 0)


def scores(lead, offer, world):
    focus = world["F"][offer["park"]]
    tier, instruments = lead["tier"], offer["instr"]
    found = []
    if focus is None or lead["node"] is None:
        found.append((0, 1000))
    else:
        found.append((focus[lead["node"]],) * 2)
    if tier is None or instruments is None:
        found.append((0, 1000))
    else:
        found.append((max([0] + [POINTS[tier][i] for i in range(3) if instruments >> i & 1]),) * 2)
    found.append(_space(lead, offer))
    budget, price = lead["price"], offer["price"]
    if budget is None or price is None or lead["tenure"] is None:
        found.append((0, 1000))
    else:
        found.append((600 + min(400, 2000 * (budget - price) // budget),) * 2)
    found.append(_tech(lead, offer))
    found.append(_location(lead, world, offer["park"]))
    if lead["need"] is None:
        found.append((1000, 1000))
    elif offer["avail"] is None:
        found.append((0, 1000))
    else:
        late = max(0, offer["avail"] - lead["need"])
        found.append((1000 - 1000 * late // (lead["grace"] + 1),) * 2)
    return found


def totals(lead, offer, world):
    weights = WEIGHTS[1 if lead["tier"] is None else lead["tier"]]
    found = scores(lead, offer, world)
    return tuple(sum(w * pair[end] for w, pair in zip(weights, found, strict=True)) for end in (0, 1))


def rank(lead, offers, world):
    """[(offer, status, low, high)] of the best ten parks; and how many offers each constraint fails."""
    best, counts = {}, {}
    for offer in offers:
        answers = verdicts(lead, offer, world)
        failed = [name for name in NAMES if answers[name] == 0]
        for name in failed:
            counts[name] = counts.get(name, 0) + 1
        if failed:
            continue
        verify = None in answers.values()
        low, high = totals(lead, offer, world)
        key = (verify, -low, offer["id"])
        row = (key, (offer["id"], "to_verify" if verify else "fit", low, high))
        if offer["park"] not in best or key < best[offer["park"]][0]:
            best[offer["park"]] = row
    return [row for _, row in sorted(best.values())][:10], counts
