"""The trouble map: walks the path of a request through an app and says where it stops; one file a step in steps/."""
