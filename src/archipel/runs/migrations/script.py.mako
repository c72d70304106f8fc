"""${message}"""

# Only adds? Then name the oldest revision that it suits: "0002_for_0001" (archipel.runs.store.floor_of).
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
