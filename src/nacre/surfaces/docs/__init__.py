"""Writes what is generated from the code: the reference pages, the OpenAPI document and the verbs' manifest."""
