"""Release: the version in the project and its flows, the changelog's section, one commit, one annotated tag."""
