"""What help says of each command besides its options: which of these matter most, and two ways it is used."""

from dataclasses import dataclass

START = "Start here"
MAIN_JOB = "The main job, and its parts"
LOGS = "Data"
NETWORKS = "The network"
CHECKS = "Checks"


@dataclass(frozen=True)
class Guide:
    """first: names of options, those that most users give, shown before all others. examples: as typed."""

    first: tuple[str, ...]
    examples: tuple[str, str]


GUIDES = {
    "demo": Guide(("--out", "--seed"), ("lidarsel demo", "lidarsel demo --seed 1 -o /tmp/runs")),
    "doctor": Guide((), ("lidarsel doctor", "lidarsel doctor --json -o /data/runs")),
    "run": Guide(
        ("--budget", "--method", "--ground-truth", "--max-frames", "--out"),
        ("lidarsel run DATA --budget 32", "lidarsel run DATA --budget 32,16,8 --network net.onnx --keep 0"),
    ),
    "shapley": Guide(
        ("--evaluations", "--part", "--max-frames", "--network", "--out"),
        (
            "lidarsel shapley DATA -o values.json --part valuing",
            "lidarsel shapley DATA --target-se 20 --evaluations 20000",
        ),
    ),
    "select": Guide(
        ("--budget", "--method", "--data", "--keep", "--out"),
        (
            "lidarsel select values.json --budget 16",
            "lidarsel select values.json -k 32 --data DATA --format ros",
        ),
    ),
    "evaluate": Guide(
        ("--lines", "--sensor-model", "--part", "--network", "--out"),
        ("lidarsel evaluate DATA --lines lines.yaml", "lidarsel evaluate DATA --lines 0,4,8-20 --sensor-model OS1-32"),
    ),
    "sweep": Guide(
        ("--budgets", "--methods", "--metrics", "--seeds", "--out"),
        ("lidarsel sweep DATA --budgets 4,8,16,32", "lidarsel sweep DATA --methods spaced,sas,interval --seeds 0,1,2"),
    ),
    "plan": Guide(
        ("--max-ratio", "--price", "--method"),
        ("lidarsel plan report.json --price prices.yaml", "lidarsel plan shipped --memory 4MB --lines 16"),
    ),
    "sensors": Guide(("--nearest",), ("lidarsel sensors OS1-32", "lidarsel sensors --nearest lines.yaml")),
    "datasets": Guide((), ("lidarsel datasets", "lidarsel datasets --json")),
    "inspect": Guide(
        ("--plot", "--max-frames", "--frame"),
        ("lidarsel inspect DATA", "lidarsel inspect DATA --plot lines.png --frame 3"),
    ),
    "calibrate": Guide(
        ("--out", "--max-frames"),
        ("lidarsel calibrate DATA -o sensor.yaml", "lidarsel calibrate DATA --max-frames 20 --skip-bad"),
    ),
    "simulate": Guide(
        ("--frames", "--drives", "--seed", "--lines", "--like"),
        ("lidarsel simulate OUT --frames 64", "lidarsel simulate OUT --drives 4 --like fleet.safetensors"),
    ),
    "profile": Guide(
        ("--out", "--epsilon", "--delta", "--unit"),
        (
            "lidarsel profile DATA -o fleet.safetensors --epsilon 1 --delta 1e-6",
            "lidarsel profile DATA --features fourier --frames 4",
        ),
    ),
    "apply": Guide(
        ("--lines", "--out", "--link"),
        (
            "lidarsel apply DATA --lines lines.yaml -o THINNED",
            "lidarsel apply DATA --lines 0-31 -o THINNED --link --skip-bad",
        ),
    ),
    "view": Guide(
        ("--lines", "--frame", "--viewpoint", "--out", "--rerun"),
        ("lidarsel view DATA --lines lines.yaml", "lidarsel view DATA --frame 12 --viewpoint bird -o view.png"),
    ),
    "train": Guide(
        ("--out", "--steps", "--recipe", "--start", "--device"),
        (
            "lidarsel train DATA -o weights.safetensors --uncertainty nll",
            "lidarsel train DATA --private --epsilon 3 --device cuda",
        ),
    ),
    "privacy": Guide((), ("lidarsel privacy weights.safetensors", "lidarsel privacy weights.safetensors --json")),
    "shrink": Guide(
        ("--macs", "--max-rmse-ratio", "--by", "--retrain", "--out"),
        (
            "lidarsel shrink DATA -o small.safetensors --macs 50%",
            "lidarsel shrink DATA --max-rmse-ratio 1.02 --by dirichlet",
        ),
    ),
    "scale": Guide(
        ("--widths", "--frames", "--steps", "--out"),
        (
            "lidarsel scale DATA -o law.json",
            "lidarsel scale DATA --widths 0.5,1,2 --frames 60,240,960 --steps 5000",
        ),
    ),
    "export": Guide(
        ("--weights", "--size"),
        ("lidarsel export network.onnx", "lidarsel export network.pt2 --weights mine.safetensors --size 352x1216"),
    ),
    "check": Guide(
        ("--against", "--max-regression", "--junit"),
        (
            "lidarsel check report.json --against baseline.json",
            "lidarsel check report.json --against main.json --max-regression 1%",
        ),
    ),
    "info": Guide((), ("lidarsel store info evaluations.sqlite", "lidarsel store info evaluations.sqlite --json")),
    "prune": Guide(
        ("--unused-days", "--network", "--frames", "--yes"),
        (
            "lidarsel store prune evaluations.sqlite --unused-days 30",
            "lidarsel store prune evaluations.sqlite --network 3fa9 --yes",
        ),
    ),
    "merge": Guide(
        ("--out",),
        (
            "lidarsel store merge a.sqlite b.sqlite -o all.sqlite",
            "lidarsel store merge runs/*/evaluations.sqlite -o all.sqlite",
        ),
    ),
    "verify": Guide(
        ("--rows",),
        (
            "lidarsel store verify evaluations.sqlite",
            "lidarsel store verify evaluations.sqlite DATA --settings settings.yaml",
        ),
    ),
}
"""By the name of the command; those of ``lidarsel store`` by theirs."""
