package cmd

func (e *env) writeTraining(t trained) error { return e.writeJSON(t) }
