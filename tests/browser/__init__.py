"""A package, because only of a package pytest ends the fixtures of package scope where its tests end."""
