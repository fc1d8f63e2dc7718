"""The assessments of the samples and what the other mapping calls their scores."""

from tests.conformance.peer_assessments import Product

MAP_GROWTH = Product(
    contract="map_growth",
    folder="nwea-map-growth",
    peer="MAP_Growth",
    ids=("student_id_state",),
    whole={
        "Achievement Quintile": "achievement_quintile",
        "Course": "course",
        "Growth Measure YN": "growth_measure",
        "Percent Correct": "percent_correct",
        "RIT Scale Score": "rit_score",
        "SEM": "standard_error",
        "Subject": "subject",
        "Term Name": "window",
        "Test Duration Minutes": "duration_minutes",
        "Test Name": "test_name",
        "Test Percentile": "percentile",
    },
    part={
        "Goal Adjective": "goal_adjective",
        "Goal Range": "goal_range",
        "RIT Scale Score": "goal_rit_score",
        "SEM": "goal_standard_error",
    },
    objective_length=60,
)
IREADY = Product(
    contract="iready",
    folder="iready-math",
    peer="i-Ready_math",
    ids=("student_id_district", "student_id_state"),
    whole={
        "Annual Stretch Growth Measure": "annual_stretch_growth",
        "Annual Typical Growth Measure": "annual_typical_growth",
        "Diagnostic Gain": "diagnostic_gain",
        "Grouping": "grouping",
        "Mid On Grade Level Scale Score": "mid_on_grade_scale_score",
        "Overall Placement": "placement",
        "Overall Relative Placement": "relative_placement",
        "Overall Scale Score": "scale_score",
        "Percent Progress to Annual Stretch Growth (%)": "percent_of_stretch_growth",
        "Percent Progress to Annual Typical Growth (%)": "percent_of_typical_growth",
        "Percentile": "percentile",
        "Quantile Measure": "quantile",
        "Quantile Range": "quantile_range",
    },
    part={
        "Placement": "placement",
        "Relative Placement": "relative_placement",
        "Scale Score": "scale_score",
    },
    objectives={
        "CAINC-IREADY-DIAGNOSTIC-MATH-ALGEBRA": "Algebra and Algebraic Thinking",
        "CAINC-IREADY-DIAGNOSTIC-MATH-GEOMETRY": "Geometry",
        "CAINC-IREADY-DIAGNOSTIC-MATH-MEASUREMENT-AND-DATA": "Measurement and Data",
        "CAINC-IREADY-DIAGNOSTIC-MATH-NUMBER-AND-OPERATIONS": "Number and Operations",
    },
)
STAR = Product(
    contract="star",
    folder="star-reading",
    peer="STAR",
    ids=("student_id_district",),
    whole={
        "Current SGP": "growth_percentile",
        "District Benchmark Cat. Name": "district_performance_level",
        "District Benchmark Level": "district_performance_level_number",
        "District Benchmark Proficient": "district_proficient",
        "Estimated Oral Reading Fluency": "oral_reading_fluency",
        "Grade Equivalent": "grade_equivalent",
        "Normal Curve Equivalent": "normal_curve_equivalent",
        "Percentile Rank": "percentile",
        "Rasch Score": "rasch_score",
        "Renaissance Benchmark Cat. Name": "performance_level",
        "Renaissance Benchmark Level": "performance_level_number",
        "Scale Score": "scale_score",
        "School Benchmark Cat. Name": "school_performance_level",
        "School Benchmark Level": "school_performance_level_number",
        "School Benchmark Proficient": "school_proficient",
        "Standard Error Measurement": "standard_error",
        "State Benchmark Cat. Name": "state_performance_level",
        "State Benchmark Level": "state_performance_level_number",
        "State Benchmark Proficient": "state_proficient",
        "Student Growth Percentile Fall-to-Fall": "fall_to_fall_growth_percentile",
        "Student Growth Percentile Spring-to-Fall": "spring_to_fall_growth_percentile",
        "Total Correct": "correct_answers",
        "Total Possible": "items",
        "Total Time In Seconds": "duration_seconds",
        "Unified Score": "unified_score",
    },
)
DIBELS = Product(
    contract="dibels8",
    folder="dibels8-mclass",
    peer="Dibels_8",
    ids=("student_id_district", "student_id_state"),
    whole={
        "Benchmark Period": "window",
        "Composite Level": "performance_level",
        "Composite National Norm Percentile": "percentile",
        "Composite Score": "composite_score",
        "Composite Score Lexile": "lexile",
        "Enrolled Grade Level": "grade",
    },
    part={
        "Assessment Measure Level": "performance_level",
        "Assessment Measure National Norm Percentile": "percentile",
        "Assessment Measure Score": "score",
    },
    objectives={
        "Decoding-NWF-WRC": "Decoding (NWF-WRC)",
        "Letter-Names-LNF": "Letter Names (LNF)",
        "Letter-Sounds-NWF-CLS": "Letter Sounds (NWF-CLS)",
        "Phonemic-Awareness-PSF": "Phonemic Awareness (PSF)",
        "Word-Reading-WRF": "Word Reading (WRF)",
    },
    texts={"Enrolled Grade Level": lambda grade: "K" if grade == "KG" else grade},
)
FASTBRIDGE = Product(
    contract="fastbridge",
    folder="fastbridge-amath",
    peer="FastBridge_aMath",
    ids=("student_id_district",),
    whole={
        "National Percentile": "percentile",
        "Quantile": "quantile",
        "Risk Level": "risk_level",
        "Test Theta": "scale_score",
    },
)
ACCESS = Product(
    contract="access",
    folder="access-2021-2025",
    peer="ACCESS",
    ids=("student_id_state", "student_id_district"),
    whole={
        "Confidence High Score": "confidence_high_score",
        "Confidence Low Score": "confidence_low_score",
        "Performance Level": "proficiency_level",
        "Proficiency Level": "proficiency_level",
        "Scale Score": "scale_score",
        "Tier": "tier",
    },
    part={
        "Cluster": "cluster",
        "Confidence High Score": "confidence_high_score",
        "Confidence Low Score": "confidence_low_score",
        "Domain Termination": "domain_termination",
        "Proficiency Level": "proficiency_level",
        "Scale Score": "scale_score",
        "Status": "status",
        "Tier": "tier",
    },
    texts={"Performance Level": lambda level: level.partition(".")[0]},
)
_PERCENTILES = {
    f"{whose} {what}": kind
    for whose, kind in (
        ("Nationally Rep Sample Pctl", "percentile"),
        ("User Percentile", "user_percentile"),
    )
    for what in ("Section Score", "Test Score", "Cross Test Score", "Subscore", "Total Score")
}
_ANSWERS = {
    f"{words} {test} Questions": f"{before}{kind}"
    for test, before in (
        ("Reading Test", ""),
        ("Writing Test", ""),
        ("Math No Calc Test", "no_calculator_"),
        ("Math Calc Test", "calculator_"),
    )
    for words, kind in (
        ("Correct Answers to", "correct_answers"),
        ("Incorrect Answers to", "incorrect_answers"),
        ("Omitted", "omitted_answers"),
        ("Number of", "questions"),
    )
}
SAT = Product(
    contract="sat",
    folder="sat",
    peer="SAT",
    ids=("student_id_district", "student_id_state"),
    whole={"Total Score": "scale_score", **_PERCENTILES},
    part={
        "CCR Benchmark Indicator": "college_readiness_benchmark",
        "Cross Test Score": "cross_test_score",
        "Number of Math Calc Test MC Questions": "calculator_choice_questions",
        "Number of Math Calc Test PR Questions": "calculator_produced_questions",
        "Number of Math No Calc Test MC Questions": "no_calculator_choice_questions",
        "Number of Math No Calc Test PR Questions": "no_calculator_produced_questions",
        "Section Score": "scale_score",
        "Subscore": "subscore",
        "Test Score": "test_score",
        **_PERCENTILES,
        **_ANSWERS,
    },
    objectives={
        "Evidence Based Reading and Writing Section": "Evidence-Based Reading and Writing",
        "Math Section": "Math",
        "Passport to Advanced Mathematics": "Passport to Advanced Math",
        "Relevant Words in Context": "Words in Context",
        "Science Cross Test": "Analysis in Science",
        "Social Studies Cross Test": "Analysis in History/Social Studies",
    },
)
PRODUCTS = (MAP_GROWTH, IREADY, STAR, DIBELS, FASTBRIDGE, ACCESS, SAT)
