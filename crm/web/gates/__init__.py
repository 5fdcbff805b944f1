"""Gate definitions: what each stage of a project asks for, read by everybody who may read settings, versioned."""
