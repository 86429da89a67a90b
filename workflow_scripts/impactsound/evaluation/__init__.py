"""What the sounds are worth: classifier, metrics, tables, figures and the report."""
