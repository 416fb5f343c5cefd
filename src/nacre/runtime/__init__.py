"""Runtime: releases as they run, switched without a failed request, drained, woken and put to sleep."""
