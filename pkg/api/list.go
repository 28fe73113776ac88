package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/history"
	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
)

type listInput struct {
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Migrations in the answer at most"`
	Cursor string    `query:"cursor" maxLength:"100" doc:"next_cursor of the page before"`
	Group  string    `query:"group" maxLength:"1000" doc:"Only those of this group"`
	Source string    `query:"source" enum:"lab,precopy,libvirt,qemu,prometheus,kubernetes,proxmox,api" doc:"Only those from this source"`
	Site   string    `query:"site" maxLength:"1000" doc:"Only those made at this site"`
	Since  time.Time `query:"since" doc:"Only those that began then or later (RFC 3339)"`
}

type list struct {
	Migrations []listed `json:"migrations" doc:"The last recorded come first"`
	NextCursor string   `json:"next_cursor" doc:"Cursor of the next page; empty where this is the last"`
}

func (s *Server) registerList(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-migrations", Method: http.MethodGet, Path: "/migrations", Tags: []string{tagMemory},
		Summary: "List recorded migrations", Description: "The last recorded come first.",
		Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.list)
}

func (s *Server) list(ctx context.Context, in *listInput) (*answer[list], error) {
	if s.history == nil {
		return nil, errNoHistory
	}
	before, err := parseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	if faults := append(noLine("group", in.Group), noLine("site", in.Site)...); len(faults) > 0 {
		return nil, httpd.Invalid(faults...)
	}
	entries, err := s.history.Read(ctx, history.Query{
		Limit: in.Limit + 1, Before: before, Group: in.Group, Source: migration.Source(in.Source),
		Site: in.Site, Since: in.Since,
	})
	if err != nil {
		return nil, s.unavailable(ctx, metrics.HistoryRead, err)
	}
	page := list{Migrations: make([]listed, 0, len(entries))}
	for i := range entries[:min(len(entries), in.Limit)] {
		page.Migrations = append(page.Migrations, listed{entries[i]})
	}
	if len(entries) > in.Limit {
		page.NextCursor = strconv.FormatInt(entries[in.Limit-1].ID, 10)
	}
	return &answer[list]{page}, nil
}

// noLine returns the fault of a parameter that is not one line of text, as what it is compared with always is.
func noLine(name, text string) []httpd.Fault {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl) {
		return nil
	}
	return []httpd.Fault{{
		Location: "query." + name, Value: httpd.Clip(text),
		Message: "must be one line of text, as every recorded " + name + " is",
	}}
}

// parseCursor reads where a page begins: below the last ID of the one before.
func parseCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	before, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || before < 1 {
		return 0, httpd.Invalid(httpd.Fault{
			Location: "query.cursor", Value: httpd.Clip(cursor),
			Message: "must be the next_cursor of the page before, or be left out for the first page",
		})
	}
	return before, nil
}

// listed is one entry of the history as a flat object: the record, and what the history adds.
type listed struct{ history.Entry }

// MarshalJSON writes the record's fields and those that the history adds in one object.
func (l listed) MarshalJSON() ([]byte, error) {
	record, err := json.Marshal(l.Record)
	if err != nil {
		return nil, err
	}
	added, err := json.Marshal(struct {
		ID         int64                   `json:"id"`
		RecordedAt time.Time               `json:"recorded_at"`
		Prediction *history.PastPrediction `json:"prediction"`
	}{l.ID, l.RecordedAt, l.Prediction})
	if err != nil {
		return nil, err
	}
	if len(record) > len("{}") {
		added[len(added)-1] = ','
		return append(added, record[1:]...), nil
	}
	return added, nil
}

// Schema refers to listedSchema; it is huma's hook (huma.SchemaProvider).
func (listed) Schema(huma.Registry) *huma.Schema { return schemaRef(schemaListed) }

// schemaListed is the name of listedSchema.
const schemaListed = "RecordedMigration"

// listedSchema returns the schema of a migration that was recorded.
func listedSchema(r huma.Registry) *huma.Schema {
	s := recordSchema()
	s.Properties["id"] = &huma.Schema{
		Type: huma.TypeInteger, Format: "int64", Description: "Given when it was recorded; later ones have a larger one",
	}
	s.Properties["recorded_at"] = &huma.Schema{
		Type: huma.TypeString, Format: "date-time", Description: "When it was recorded",
	}
	s.Properties["prediction"] = &huma.Schema{
		OneOf: []*huma.Schema{schemaOf[history.PastPrediction](r), {Type: "null"}}, Description: "What had been predicted",
	}
	s.Required = []string{"id", "recorded_at", "prediction"}
	s.Description = "A recorded migration with what had been predicted of it."
	return s
}
