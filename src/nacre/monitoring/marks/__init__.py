"""What happened that charts should show: releases, rewinds, alerts."""
