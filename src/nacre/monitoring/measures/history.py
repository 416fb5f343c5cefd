"""What is measured of the time machine of each branch."""

from nacre.monitoring.measures.measure import Kind, Measure

HISTORY = Kind(
    "history",
    "branch",
    (
        Measure("journal_lag", "How long the first change of a file that is not recorded yet has waited.", "seconds"),
        Measure("journal_behind", "Changed files that are not recorded yet."),
        Measure("window", "How far back database and files can be reached.", "seconds"),
        Measure("window_wanted", "How far back they should be by now, by the setting retention_days.", "seconds"),
        Measure("log_size", "The archived log of its database.", "bytes"),
        Measure("bases_size", "What its bases take beside what they share.", "bytes"),
        Measure("files_size", "The file history of its project, which the branches share.", "bytes"),
        Measure("archive_lag", "How long the oldest finished piece of log has waited to be archived.", "seconds"),
        Measure("bases", "Copies of the database that the past is recovered from."),
        Measure("bases_damaged", "Those that were found damaged and set aside."),
        Measure("base_age", "Since the newest was taken.", "seconds"),
        Measure("base_late", "The log since then, by what the next is taken after: 1 when it is due."),
        Measure("verified_age", "Since all that is kept was last verified, or since the branch was made.", "seconds"),
        Measure("faults", "What was found wrong then."),
        Measure("failing", "1 while the history cannot be kept as it should."),
    ),
)
