"""splink with its stock comparisons and one threshold: names and birth dates alone."""

import logging
import warnings
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from hit_pipeline.synth.score.tables import Tables

if TYPE_CHECKING:
    import pandas as pd
    from splink.internals.blocking_rule_creator import BlockingRuleCreator

THRESHOLD = 0.95
_SEED = 1
_RECALL = 0.8
"""What is guessed of the deterministic rules below, as splink asks for it."""

_ROSTER = """
select 'r' || row_number() over () as unique_id, person_key, given_name, family_name, birth_date
from (
    select distinct e.student_id_district as person_key, lower(e.student_given_name) as given_name,
        lower(e.student_family_name) as family_name, e.birth_date::varchar as birth_date
    from typed_student_row e
    where e._table = 'typed_student' and e.student_id_district is not null
        and e.student_given_name is not null
    qualify e.birth_date is not null or max(e.birth_date) over (partition by person_key) is null
)
"""

_RECORDS = """
select distinct on (student_record_id) student_record_id as unique_id, null::varchar as person_key,
    lower(coalesce(student_given_name, split_part(student_display_name, ' ', 1))) as given_name,
    lower(coalesce(student_family_name, nullif(regexp_replace(
        student_display_name, '^[^ ]* ?', ''), ''))) as family_name,
    birth_date::varchar as birth_date
from typed_student_row
where student_record_id is not null and _table <> 'typed_student'
    and coalesce(student_given_name, student_display_name) is not null
"""

_BEST = """
select s.record as person_record_id, r.person_key, 'match' as outcome,
    null::varchar as candidate_key, 'splink' as rule, s.p as probability
from (
    select if(l_is_roster, unique_id_r, unique_id_l) as record,
        if(l_is_roster, unique_id_l, unique_id_r) as entry, match_probability as p
    from (select *, source_dataset_l = 'roster' as l_is_roster from scored)
) s join splink_roster r on r.unique_id = s.entry
qualify row_number() over (partition by s.record order by s.p desc, r.person_key) = 1
"""


def splink_alone(tables: Tables) -> pa.Table:
    """Link every record with a name to its best roster entry of probability `THRESHOLD` or more.

    Returns:
        Decisions as of `benchmarks.identity.baselines`, with ``probability``.
    """
    roster = tables.connection.sql(_ROSTER).to_arrow_table()
    records = tables.connection.sql(_RECORDS).to_arrow_table()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scored = _scored(roster, records)
    tables.make("drop table if exists splink_roster")
    tables.make("drop table if exists scored")
    tables.load("splink_roster", roster)
    tables.load("scored", scored)
    return tables.connection.sql(_BEST).to_arrow_table()


def _scored(roster: pa.Table, records: pa.Table) -> pa.Table:
    database = DuckDBAPI()
    rules: list[BlockingRuleCreator | dict[str, Any]] = [
        block_on("family_name", "birth_date"),
        block_on("given_name", "birth_date"),
        block_on("given_name", "family_name"),
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("family_name"),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
        ],
        blocking_rules_to_generate_predictions=rules,
    )
    sides = [
        database.register(roster, dataset_display_name="roster"),
        database.register(records, dataset_display_name="records"),
    ]
    linker = Linker(sides, settings, log_level=logging.ERROR)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("given_name", "family_name", "birth_date")], recall=_RECALL
    )
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=_SEED)
    training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
    training.estimate_parameters_using_expectation_maximisation(
        block_on("given_name", "family_name")
    )
    found = linker.inference.predict(threshold_match_probability=THRESHOLD)
    frame: pd.DataFrame = found.as_pandas_dataframe()  # type: ignore[no-untyped-call]
    return pa.Table.from_pandas(frame, preserve_index=False)
