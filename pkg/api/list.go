package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/history"
	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
)

type listInput struct {
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Migrations in the answer at most"`
	Cursor string    `query:"cursor" maxLength:"100" doc:"next_cursor of the page before"`
	Group  string    `query:"group" maxLength:"1000" doc:"Only those of this group"`
	Source string    `query:"source" enum:"lab,precopy,libvirt,prometheus,api" doc:"Only those from this source"`
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
	if !utf8.ValidString(in.Group) || strings.ContainsFunc(in.Group, unicode.IsControl) {
		return nil, invalid(&huma.ErrorDetail{Location: "query.group", Message: "must be one line of text, as every recorded group is", Value: clip(in.Group)})
	}
	entries, err := s.history.Read(ctx, history.Query{
		Limit: in.Limit + 1, Before: before, Group: in.Group, Source: migration.Source(in.Source), Since: in.Since,
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

// parseCursor reads where a page begins: below the last ID of the one before.
func parseCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	before, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || before < 1 {
		return 0, invalid(&huma.ErrorDetail{Location: "query.cursor", Message: "must be the next_cursor of the page before, or be left out for the first page", Value: clip(cursor)})
	}
	return before, nil
}
