package cmd

import (
	"errors"
	"fmt"
	"io/fs"

	"vmmp/pkg/model"
)

// loadModel reads the model of a --model flag, the embedded one where the flag is
// empty. A file that cannot be read, or holds no model, is a fault of usage.
func loadModel(path string) (*model.Model, error) {
	if path == "" {
		return model.Default()
	}
	m, err := model.Load(path)
	var unread *fs.PathError
	if errors.As(err, &unread) {
		err = fmt.Errorf("read model %s: %w; "+
			"train one with 'vmmp train --out FILE', or leave out --model for the embedded one", path, unread.Err)
	}
	return m, usage(err)
}
