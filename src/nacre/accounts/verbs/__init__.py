"""Operations, declared where they are imported from: nacre.accounts.operations."""
