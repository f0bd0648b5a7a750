// written by the command
