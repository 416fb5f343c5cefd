"""How everything is, at a glance: a light for each subject and one for all, with the reasons in words."""
