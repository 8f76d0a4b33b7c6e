"""The sample datasets: real ones that come with scikit-learn, and generated ones that are the same everywhere.

Jobs of kind `samples` call `load`; importing this module costs nothing but the standard library.
"""

import csv
import gzip
import importlib.util
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import polars as pl


@dataclass(frozen=True)
class Sample:
    """One sample dataset."""

    name: str
    title: str
    description: str
    source: str
    make: Callable[[], "pl.DataFrame"]


def load(name: str) -> "pl.DataFrame":
    """The table of a sample. Raises `KeyError` for a name that is not in `SAMPLES`."""
    return SAMPLES[name].make()


# --- real data, from the files that scikit-learn ships (reading them needs no import of it)


def _shipped(file: str) -> list[list[str]]:
    package = importlib.util.find_spec("sklearn")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("The sample datasets come with scikit-learn, which is not installed.", name="sklearn")
    path = Path(package.submodule_search_locations[0], "datasets", "data", file)
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    delimiter = "," if "," in text.partition("\n")[0] else " "
    return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[str] = ()) -> "pl.DataFrame":
    import polars as pl

    columns: list[list[Any]] = [[float(row[place]) for row in rows] for place in range(len(names))]
    return pl.DataFrame(
        {
            name: [int(value) for value in column] if name in whole else column
            for name, column in zip(names, columns, strict=True)
        }
    )


def _diabetes() -> "pl.DataFrame":
    names = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "target"]
    rows = zip(_shipped("diabetes_data_raw.csv.gz"), _shipped("diabetes_target.csv.gz"), strict=True)
    return _table(names, [[*row, *target] for row, target in rows], whole=("age", "sex", "target"))


def _classes(file: str, names: Sequence[str]) -> "pl.DataFrame":
    """A file whose first line is: rows, columns, class names; and whose last column is the number of the class."""
    import polars as pl

    (_, _, *classes), *rows = _shipped(file)
    return _table(names, [row[:-1] for row in rows]).with_columns(
        pl.Series("target", [classes[int(row[-1])] for row in rows])
    )


def _iris() -> "pl.DataFrame":
    return _classes("iris.csv", ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"])


_WINE = (
    "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
    "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline",
)  # fmt: skip


def _wine() -> "pl.DataFrame":
    return _classes("wine_data.csv", _WINE)


_CELLS = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry",
    "fractal dimension",
)  # fmt: skip


def _breast_cancer() -> "pl.DataFrame":
    names = (
        [f"mean {cell}" for cell in _CELLS]
        + [f"{cell} error" for cell in _CELLS]
        + [f"worst {cell}" for cell in _CELLS]
    )
    return _classes("breast_cancer.csv", names)


def _digits() -> "pl.DataFrame":
    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)] + ["target"]
    return _table(names, _shipped("digits.csv.gz"), whole=names)


# --- generated data


def _random(seed: int) -> "np.random.Generator":
    import numpy as np

    return np.random.default_rng(seed)


def _holes(table: "pl.DataFrame", random: "np.random.Generator", **counts: int) -> "pl.DataFrame":
    """The table with so many values missing per column."""
    import polars as pl

    for name, count in counts.items():
        name = name.replace("_", "-") if name not in table.columns else name
        rows = set(random.choice(len(table), count, replace=False).tolist())
        values = [None if row in rows else value for row, value in enumerate(table[name].to_list())]
        table = table.with_columns(pl.Series(name, values, dtype=table[name].dtype))
    return table


# make: price factor, mean size, share of the cars
_MAKES: dict[str, tuple[float, float, int]] = {
    "alfa-romero": (1.15, 0.4, 4), "audi": (1.35, 0.55, 8), "bmw": (1.6, 0.7, 8), "chevrolet": (0.8, 0.15, 4),
    "dodge": (0.85, 0.3, 9), "honda": (0.9, 0.3, 13), "isuzu": (0.85, 0.35, 4), "jaguar": (2.0, 0.95, 3),
    "mazda": (0.92, 0.4, 17), "mercedes-benz": (2.1, 0.85, 8), "mercury": (1.1, 0.6, 1), "mitsubishi": (0.85, 0.4, 13),
    "nissan": (0.92, 0.45, 18), "peugot": (1.1, 0.7, 11), "plymouth": (0.82, 0.3, 7), "porsche": (2.2, 0.6, 5),
    "renault": (0.9, 0.4, 2), "saab": (1.2, 0.55, 6), "subaru": (0.85, 0.35, 12), "toyota": (0.93, 0.42, 32),
    "volkswagen": (0.98, 0.35, 12), "volvo": (1.3, 0.7, 8),
}  # fmt: skip


def _automobile_prices() -> "pl.DataFrame":
    import numpy as np
    import polars as pl

    random = _random(1985)
    makes = [make for make, (_, _, share) in _MAKES.items() for _ in range(share)]
    count = len(makes)
    factor = np.array([_MAKES[make][0] for make in makes])
    size = np.clip(np.array([_MAKES[make][1] for make in makes]) + random.normal(0, 0.14, count), 0, 1.2)
    sport = random.random(count) < np.where(factor > 2.15, 0.9, 0.12)
    diesel = random.random(count) < 0.1
    turbo = random.random(count) < np.where(diesel, 0.6, 0.14)
    body = np.where(
        sport,
        random.choice(["hardtop", "convertible", "hatchback"], count, p=[0.3, 0.2, 0.5]),
        random.choice(["sedan", "hatchback", "wagon"], count, p=[0.55, 0.32, 0.13]),
    )
    doors = np.where((body == "sedan") | (body == "wagon"), "four", "two")
    drive = np.where(
        random.random(count) < 0.25 + 0.5 * (factor > 1.1), "rwd", np.where(random.random(count) < 0.06, "4wd", "fwd")
    )
    wheel_base = 88 + 20 * size + random.normal(0, 1.5, count) - 4 * sport
    length = 146 + 45 * size + random.normal(0, 3, count)
    width = 61.5 + 7.5 * size + random.normal(0, 0.6, count)
    height = 52 + 4 * size + random.normal(0, 1.4, count) - 2.5 * sport
    engine = np.round(72 + 105 * size**1.4 + 45 * (factor - 1).clip(0) + random.normal(0, 9, count)).clip(61, 326)
    cylinders = np.select(
        [engine > 240, engine > 190, engine > 165, engine < 66], ["eight", "six", "five", "three"], "four"
    )
    weight = np.round(1480 + 11.5 * engine * 0.75 + 520 * size + 130 * diesel + random.normal(0, 70, count))
    horsepower = np.round(
        0.72 * engine * np.where(diesel, 0.72, 1) * (1 + 0.28 * turbo + 0.18 * sport) + random.normal(8, 6, count)
    )
    bore = np.round(2.55 + 0.0062 * engine + random.normal(0, 0.1, count), 2).clip(2.54, 3.94)
    stroke = np.round(3.25 + random.normal(0, 0.25, count), 2).clip(2.07, 4.17)
    compression = np.round(np.where(diesel, 21.8, 8.9) + random.normal(0, 0.6, count), 1)
    peak = np.where(diesel, 4350, 5200) + random.integers(-5, 6, count) * 100
    city = np.round(54 - 0.0098 * weight - 0.02 * horsepower + 5.5 * diesel + random.normal(0, 1.4, count)).clip(13, 49)
    highway = np.round(city + 5.5 + random.normal(0, 1.2, count)).clip(16, 54)
    symboling = np.clip(np.round(1.9 - 2.4 * size + 1.2 * sport + random.normal(0, 0.6, count)), -2, 3)
    losses = np.round(120 + 17 * symboling + random.normal(0, 18, count)).clip(65, 256)
    price = factor * (
        -5900 + 3.9 * weight + 42 * horsepower + 900 * (drive == "rwd") + 1500 * diesel + 2300 * (body == "convertible")
    )
    price = np.round(price * np.exp(random.normal(0, 0.09, count))).clip(5118)
    rear = (np.array(makes) == "porsche") & sport
    table = pl.DataFrame(
        {
            "symboling": symboling.astype(int),
            "normalized-losses": losses.astype(int),
            "make": makes,
            "fuel-type": np.where(diesel, "diesel", "gas"),
            "aspiration": np.where(turbo, "turbo", "std"),
            "num-of-doors": doors,
            "body-style": body,
            "drive-wheels": drive,
            "engine-location": np.where(rear, "rear", "front"),
            "wheel-base": wheel_base.round(1),
            "length": length.round(1),
            "width": width.round(1),
            "height": height.round(1),
            "curb-weight": weight.astype(int),
            "engine-type": np.where(
                np.array(makes) == "subaru", "ohcf", np.where(engine > 190, "ohcv", np.where(sport, "dohc", "ohc"))
            ),
            "num-of-cylinders": cylinders,
            "engine-size": engine.astype(int),
            "fuel-system": np.where(
                diesel, "idi", np.where(horsepower > 84, "mpfi", random.choice(["2bbl", "1bbl"], count, p=[0.85, 0.15]))
            ),
            "bore": bore,
            "stroke": stroke,
            "compression-ratio": compression,
            "horsepower": horsepower.astype(int),
            "peak-rpm": peak.astype(int),
            "city-mpg": city.astype(int),
            "highway-mpg": highway.astype(int),
            "price": price.astype(int),
        }
    )
    return _holes(
        table, random, normalized_losses=41, num_of_doors=2, bore=4, stroke=4, horsepower=2, peak_rpm=2, price=4
    )


def _customer_churn() -> "pl.DataFrame":
    import numpy as np
    import polars as pl

    from designer.module import Role, with_roles

    random, count = _random(7043), 5_000
    tenure = np.minimum(random.gamma(1.1, 28, count).astype(int), 72)
    contract = np.where(
        random.random(count) < 0.75 - 0.008 * tenure,
        "month-to-month",
        random.choice(["one year", "two years"], count, p=[0.5, 0.5]),
    )
    internet = random.choice(["fiber", "dsl", "none"], count, p=[0.44, 0.35, 0.21])
    age = random.normal(46, 15, count).clip(18, 90).round()
    streaming = (random.random(count) < 0.45) & (internet != "none")
    charges = 20 + 50 * (internet == "fiber") + 27 * (internet == "dsl") + 14 * streaming + random.normal(0, 4, count)
    charges = charges.clip(18).round(2)
    support = random.poisson(0.6 + 0.9 * (internet == "fiber") * (tenure < 12))
    payment = random.choice(["card", "bank transfer", "invoice", "electronic check"], count, p=[0.22, 0.22, 0.23, 0.33])
    odds = (
        -1.1 - 0.035 * tenure + 1.25 * (contract == "month-to-month") - 0.9 * (contract == "two years")
        + 0.018 * (charges - 60) + 0.45 * support + 0.35 * (payment == "electronic check") - 0.006 * (age - 46)
    )  # fmt: skip
    churned = random.random(count) < 1 / (1 + np.exp(-odds))
    total = (charges * tenure * random.normal(1, 0.03, count)).round(2)
    last = date(2025, 6, 30)
    table = pl.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in random.permutation(count) + 10_000],
            "customer_since": [
                last - timedelta(days=int(months) * 30 + int(day))
                for months, day in zip(tenure, random.integers(0, 30, count), strict=True)
            ],
            "age": age.astype(int),
            "region": random.choice(["north", "east", "south", "west"], count, p=[0.3, 0.2, 0.25, 0.25]),
            "tenure_months": tenure,
            "contract": contract,
            "internet_service": internet,
            "streaming": streaming,
            "paperless_billing": random.random(count) < 0.6,
            "payment_method": payment,
            "support_calls": support,
            "monthly_charges": charges,
            "total_charges": total,
            "churned": np.where(churned, "yes", "no"),
        }
    )
    table = _holes(table, random, age=180, total_charges=95)
    return with_roles(table, {"customer_id": Role("id")})


def _restaurant_ratings() -> "pl.DataFrame":
    import numpy as np
    import polars as pl

    random, restaurants, count = _random(130), 40, 1_200
    cuisine = random.choice(["italian", "mexican", "japanese", "indian", "burger", "vegan"], restaurants)
    level = random.integers(1, 4, restaurants)
    quality = random.normal(0, 0.6, restaurants) + 0.25 * (level - 2)
    place = random.integers(0, restaurants, count)
    guest = random.integers(1, 181, count)
    taste = random.normal(0, 0.35, 181)
    wait = np.round(random.gamma(3, 6, count) + 4 * (level[place] - 1))
    food = np.clip(np.round(3.6 + quality[place] + taste[guest] + random.normal(0, 0.6, count)), 1, 5)
    service = np.clip(np.round(4.3 - 0.045 * wait + 0.3 * quality[place] + random.normal(0, 0.5, count)), 1, 5)
    rating = np.clip(np.round(0.25 + 0.62 * food + 0.3 * service + taste[guest] + random.normal(0, 0.35, count)), 1, 5)
    table = pl.DataFrame(
        {
            "guest": guest,
            "restaurant": [f"R{number:02d}" for number in place + 1],
            "cuisine": cuisine[place],
            "price_level": level[place],
            "visited_on": [date(2024, 1, 1) + timedelta(days=int(day)) for day in random.integers(0, 366, count)],
            "party_size": random.choice([1, 2, 3, 4, 5, 6], count, p=[0.12, 0.45, 0.14, 0.2, 0.05, 0.04]),
            "wait_minutes": wait.astype(int),
            "food": food.astype(int),
            "service": service.astype(int),
            "rating": rating.astype(int),
        }
    )
    return _holes(table, random, wait_minutes=36, service=24)


def _sales_by_day() -> "pl.DataFrame":
    import numpy as np
    import polars as pl

    random = _random(2023)
    stores = {"Harbour": 1.35, "Market Square": 1.0, "Old Town": 0.72}
    days = np.arange(731)
    dates = [date(2023, 1, 1) + timedelta(days=int(day)) for day in days]
    weekday = np.array([day.weekday() for day in dates])
    year = 2 * np.pi * (days - 15) / 365.25
    temperature = (10.5 - 10 * np.cos(year) + random.normal(0, 3, len(days))).round(1)
    holiday = np.array([(day.month, day.day) in {(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)} for day in dates])
    tables = []
    for store, factor in stores.items():
        promotion = random.random(len(days)) < 0.16
        visitors = factor * (
            310 + 0.06 * days + 95 * np.isin(weekday, (4, 5)) - 120 * (weekday == 6) + 4.2 * temperature
        )
        visitors = np.round(
            visitors * (1 + 0.28 * promotion) * np.where(holiday, 0.3, 1) * np.exp(random.normal(0, 0.07, len(days)))
        )
        sales = visitors * (8.4 - 0.9 * promotion + 0.0016 * days) * np.exp(random.normal(0, 0.05, len(days)))
        tables.append(
            pl.DataFrame(
                {
                    "date": dates,
                    "store": [store] * len(days),
                    "temperature": temperature,
                    "promotion": promotion,
                    "holiday": holiday,
                    "visitors": visitors.astype(int),
                    "sales": sales.round(2),
                }
            )
        )
    return _holes(pl.concat(tables).sort("date", "store"), random, temperature=20, visitors=15)


_SKLEARN = "Comes with scikit-learn."
_GENERATED = "Generated for Designer; no real people, cars or shops."

SAMPLES: dict[str, Sample] = {
    sample.name: sample
    for sample in (
        Sample(
            "automobile_prices", "Automobile prices",
            "205 cars with make, measures, engine and price; text, numbers and missing values.",
            f"{_GENERATED} In the spirit of the 1985 automobile data of the UCI repository.", _automobile_prices,
        ),
        Sample(
            "customer_churn", "Customer churn",
            "5,000 customers of a telephone company and whether they left; mixed types, some values missing.",
            _GENERATED, _customer_churn,
        ),
        Sample(
            "diabetes", "Diabetes progression",
            "442 patients: age, sex, body mass index, blood pressure, six serum values, and the disease after one year.",
            f"Efron, Hastie, Johnstone and Tibshirani, Least Angle Regression, 2004. {_SKLEARN}", _diabetes,
        ),
        Sample(
            "breast_cancer", "Breast cancer Wisconsin",
            "569 tumours: 30 measures of the cell nuclei, and whether they are malignant or benign.",
            f"Wolberg, Street and Mangasarian, UCI repository, 1995. {_SKLEARN}", _breast_cancer,
        ),
        Sample(
            "iris", "Iris", "150 flowers: length and width of sepals and petals, and the species.",
            f"Fisher, The use of multiple measurements in taxonomic problems, 1936. {_SKLEARN}", _iris,
        ),
        Sample(
            "wine", "Wine recognition", "178 wines: 13 chemical measures, and which of three growers made them.",
            f"Aeberhard and Forina, UCI repository, 1991. {_SKLEARN}", _wine,
        ),
        Sample(
            "digits", "Handwritten digits", "1,797 digits as images of 8 by 8 grey pixels, and which digit each one is.",
            f"Alpaydin and Kaynak, UCI repository, 1998. {_SKLEARN}", _digits,
        ),
        Sample(
            "restaurant_ratings", "Restaurant ratings",
            "1,200 visits of 180 guests to 40 restaurants, with waiting time and ratings from 1 to 5.",
            _GENERATED, _restaurant_ratings,
        ),
        Sample(
            "sales_by_day", "Sales by day",
            "Two years of daily sales of three shops, with weather, promotions and holidays.", _GENERATED, _sales_by_day,
        ),
    )
}  # fmt: skip
"""The sample datasets, by name, in the order in which they are offered."""
