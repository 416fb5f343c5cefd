"""Which statements cost a branch's database most, how it runs them, and what would make them cheaper."""
