"""What the surveys tell the registries of the storeys below: called by ``SurveysConfig.ready``."""
