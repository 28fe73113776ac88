package table

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"vmmp/pkg/history"
)

// VersionTable is where goose keeps the version of a schema. Its name tells a
// history from the databases of other programs.
const VersionTable = "vmmp_schema"

// A Schema is the tables of a database and the steps that lead to them.
type Schema struct {
	Dialect goose.Dialect
	Steps   fs.FS // files named 00001_what.sql and so on
}

// Version returns the version of an existing schema; 0 where a first start was
// interrupted.
func (s Schema) Version(ctx context.Context, db *sql.DB) (int64, error) {
	var version sql.Null[int64]
	err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM "+VersionTable).Scan(&version)
	return version.V, err
}

// known returns the version that the steps lead to.
func (s Schema) known() (version int64, err error) {
	files, err := fs.Glob(s.Steps, "*.sql")
	if err != nil {
		return 0, err
	}
	for _, name := range files {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		version = max(version, n)
	}
	return version, nil
}

// Outdated reports whether a schema of this version has to be upgraded. The error is a
// Flaw with ErrNewer if the version is unknown here.
func (s Schema) Outdated(version int64) (bool, error) {
	known, err := s.known()
	if version > known && err == nil {
		err = fmt.Errorf("its schema has version %d, and this vmmp knows up to %d", version, known)
		return false, &Flaw{Err: err, Fault: history.ErrNewer}
	}
	return version < known, err
}

// Upgrade takes the steps that are missing.
func (s Schema) Upgrade(ctx context.Context, db *sql.DB) error {
	provider, err := goose.NewProvider(s.Dialect, db, s.Steps, goose.WithTableName(VersionTable),
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
