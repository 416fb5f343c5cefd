"""What was asked, by whom, what it cost, and how much may still be spent."""
