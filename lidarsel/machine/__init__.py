"""What this machine has and lacks. Standard library only: it must run where the packages it looks for do not."""
