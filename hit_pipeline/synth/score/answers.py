"""What the release says of each row, beside what is true of it."""

from hit_pipeline.synth.score.tables import Tables

# A key's people are those its roster numbers name: what a roster no longer states counts only where
# it states nothing else, and state ids only where there is no number.
_OWNER = """
create table owner as
with known as (
    select 'number' as kind, number as value, person_id from key_person
        where role = 'student' and number <> ''
    union select 'number', number_new, person_id from key_person
        where role = 'student' and number_new <> ''
    union select 'state', state_id, person_id from key_person
        where role = 'student' and state_id <> ''
),
stated as (
    select student_key, value, valid_to is null as is_live,
        if("system" = 'state', 'state', 'number') as kind
    from release_student_identifier
    where origin = 'roster' and "system" in ('district', 'sis', 'source', 'state')
),
claim as (
    select s.student_key, k.person_id,
        2 * (s.kind = 'number')::int + s.is_live::int as rank, count(*) as times
    from stated s join known k on k.kind = s.kind and k.value = s.value group by all
),
best as (
    select * from claim
    qualify rank = max(rank) over (partition by student_key)
),
total as (select student_key, person_id, sum(times) as times from claim group by all)
select b.student_key, count(*) as people, list(b.person_id order by b.person_id) as all_people,
    arg_max(b.person_id, (t.times, -b.person_id)) as person_id
from best b join total t on t.student_key = b.student_key and t.person_id = b.person_id
group by b.student_key
"""

_TRUTH = """
create view truth as
select f.file_id, f.source, t.row, t.person_id, t.seat_id, t.record_id,
    coalesce(t.linkable, false) as linkable, f.file_id in (from crowded) as is_crowded
from key_row_truth t join file f on f.source = t.source and f.file = t.file
where t.role = 'student' and f.is_read and f.file_id = f.stand_in
"""

# A row of a crowded file names several pupils. A participant linked to one of them is that pupil;
# those left over are held against the pupils left over, in order, so that none counts twice.
_HELD = """
create table held as
select s.file_id, p._row as row, hash(p.session_key) as session,
    if(p.tutor_key is null, null, hash(p.tutor_key)) as tutor,
    p.student_key is not null as is_linked, o.person_id as answer,
    p.person_record_id as participant,
    if(p.student_key is null, p.person_record_id, null) as unlinked_record,
    p.planned_seconds as planned, p.bucket,
    if(p.counts_attended, coalesce(p.present_seconds, 0), 0) as attended,
    s.file_id in (from crowded) as is_crowded
from release_session_participant p
    left join spot s on s.delivery_id = p._delivery_id and s.file = p._file
    left join owner o on o.student_key = p.student_key
"""

_MEMBER = """
create table member as
with pupil as (
    select file_id, row, person_id, seat_id,
        row_number() over (partition by file_id, row, person_id order by seat_id) as place
    from truth where is_crowded
),
linked as (
    select h.file_id, h.row, h.participant, t.person_id, t.seat_id
    from (
        select *, row_number() over (
            partition by file_id, row, answer order by participant) as place
        from (select distinct file_id, row, participant, answer from held where is_crowded)
    ) h join pupil t on t.file_id = h.file_id and t.row = h.row and t.person_id = h.answer
        and t.place = h.place
),
left_participant as (
    select file_id, row, participant,
        row_number() over (partition by file_id, row order by participant) as place
    from (from held where is_crowded) h anti join linked using (file_id, row, participant)
),
left_pupil as (
    select file_id, row, person_id, seat_id,
        row_number() over (partition by file_id, row order by seat_id, person_id) as place
    from pupil anti join linked using (file_id, row, person_id)
)
from linked
union all
select p.file_id, p.row, p.participant, t.person_id, t.seat_id
from left_participant p join left_pupil t using (file_id, row, place)
"""

# Numbers in place of texts: of participants there are more than of anything else.
_SEATING = """
create table seating as
with known as (
    select h.*, t.source, t.person_id, t.seat_id, t.record_id, t.linkable
    from held h left join truth t on not t.is_crowded and t.file_id = h.file_id and t.row = h.row
    where h.is_crowded is not true
    union all
    select h.*, t.source, t.person_id, t.seat_id, t.record_id, t.linkable
    from held h left join member m using (file_id, row, participant)
        left join truth t on t.is_crowded and t.file_id = h.file_id and t.row = h.row
            and t.person_id = m.person_id and t.seat_id is not distinct from m.seat_id
    where h.is_crowded
)
select * exclude (participant, is_crowded) from known
"""

_OTHERS = """
create table stated as
with told as (
    select distinct _delivery_id, _file, _row, person_record_id, student_key
        from release_assessment_result
    union all select distinct _delivery_id, _file, _row, person_record_id, student_key
        from release_program_assignment
    union all select distinct _delivery_id, _file, _row, person_record_id, student_key
        from release_school_attendance
    union all select distinct _delivery_id, _file, _row, person_record_id, student_key
        from release_section_enrollment
    union all select distinct _delivery_id, _file, _row, null, student_key
        from release_school_enrollment
)
select t.file_id, t.row, n.student_key is not null as is_linked, o.person_id as answer,
    if(n.student_key is null, n.person_record_id, null) as unlinked_record,
    t.source, t.person_id, t.seat_id, t.record_id, t.linkable
from told n
    join spot s on s.delivery_id = n._delivery_id and s.file = n._file
    join truth t on not t.is_crowded and t.file_id = s.file_id and t.row = n._row
    left join owner o on o.student_key = n.student_key
"""

# Codes of what became of a row, the worst last, so that the greatest is a record's.
_LINK = """
create table link as
with every as (
    select file_id, row, is_linked, answer, unlinked_record, source, person_id, seat_id, record_id,
        linkable from seating where source is not null
    union all select * from stated
)
select e.source, e.file_id, e.row, e.seat_id, e.record_id, e.person_id, e.linkable,
    case when not is_linked and u.outcome = 'unsure' then '2 review'
        when not is_linked then '1 none'
        when e.answer = e.person_id then '3 right'
        else '4 wrong' end as became,
    coalesce(c.person_id = e.person_id, false) as candidate_right
from every e
    left join release_unmatched u on u.role = 'student' and u.person_record_id = e.unlinked_record
    left join owner c on c.student_key = u.candidate_key
"""

_RECORD = """
create table record as
select source, record_id, person_id, bool_or(linkable) as linkable, count(*) as rows,
    max(became) as became, bool_or(candidate_right) as candidate_right
from link where record_id is not null group by source, record_id, person_id
"""


def find_answers(tables: Tables) -> None:
    """Make the tables that the figures count.

    ``owner``: student key x the person it stands for. ``seating``: participant of the release,
    with the pupil and seat of its row; of a row with several pupils, the one it is linked to.
    ``link``: row of the release that names a pupil, with what became of it. ``record``: person
    record of the key x true person, with the worst of what became of its rows.
    """
    find_owners(tables)
    find_truth(tables)
    for statement in (_HELD, _MEMBER, _SEATING, _OTHERS, _LINK):
        tables.make(statement)
    gather_records(tables)


def find_owners(tables: Tables) -> None:
    """Make ``owner`` of `find_answers` from ``release_student_identifier`` and the key."""
    tables.make(_OWNER)


def find_truth(tables: Tables) -> None:
    """Make ``truth``: row of a landed file and pupil it names; every file's bytes count once."""
    tables.make(_TRUTH)


def gather_records(tables: Tables) -> None:
    """Make ``record`` of `find_answers` from ``link``."""
    tables.make(_RECORD)
