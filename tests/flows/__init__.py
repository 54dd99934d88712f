"""A package, so that its servers end with it: pytest ends fixtures of the scope `package` there."""
