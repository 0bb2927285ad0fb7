"""Where facts lie and are counted: the only place that knows a database."""
