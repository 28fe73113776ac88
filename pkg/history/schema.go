package history

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// schemas are the steps that lead to the schema of this vmmp, a folder for each
// database.
//
//go:embed sqlite/*.sql postgres/*.sql
var schemas embed.FS

// versionTable is where goose keeps the version of a schema. Its name tells a
// history from the databases of other programs.
const versionTable = "vmmp_schema"

// schemaVersion is the version of an existing schema; 0 where a first start was
// interrupted.
func schemaVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var version sql.Null[int64]
	err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM "+versionTable).Scan(&version)
	return version.V, err
}

// knownVersion is the version of the schema in a folder of schemas.
func knownVersion(folder string) (version int64, err error) {
	files, err := fs.Glob(schemas, folder+"/*.sql")
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

// outdated says whether a schema of this version has to be upgraded; one that is
// unknown here is ErrNewer.
func outdated(folder string, version int64) (bool, error) {
	known, err := knownVersion(folder)
	if version > known && err == nil {
		err = newerSchema{version, known}
	}
	return version < known, err
}

// newerSchema is the error of a schema that is unknown here.
type newerSchema struct{ version, known int64 }

func (n newerSchema) Error() string {
	return fmt.Sprintf("its schema has version %d, and this vmmp knows up to %d", n.version, n.known)
}

// upgrade makes the schema that a folder of schemas describes.
func upgrade(ctx context.Context, db *sql.DB, dialect goose.Dialect, folder string) error {
	steps, err := fs.Sub(schemas, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, steps, goose.WithTableName(versionTable),
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
