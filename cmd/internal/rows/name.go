package rows

import (
	"encoding/json"
	"slices"
)

// The columns and fields that say which VM a row is of. They mean nothing to a model and are handed through.
const (
	nameColumn = "name"
	idColumn   = "id"
)

// Names reports whether a column or field only says which VM a row is of.
func Names(column string) bool { return column == nameColumn || column == idColumn }

// withoutNames returns columns that mean nothing here, but those that name a VM.
func withoutNames(unknown []string) []string {
	return slices.DeleteFunc(slices.Clone(unknown), Names)
}

// nameByCells takes the names from a row of a table.
func (r *Row) nameByCells(header []string) {
	for i, column := range header {
		switch column {
		case nameColumn:
			r.Name = r.Cells[i]
		case idColumn:
			r.ID = r.Cells[i]
		}
	}
}

// nameByJSON takes the names from an object, where they are a text or a number.
func (r *Row) nameByJSON(object []byte) {
	var named struct{ ID, Name any }
	if json.Unmarshal(object, &named) != nil {
		return
	}
	r.ID, r.Name = nameText(named.ID), nameText(named.Name)
}

func nameText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	if v == nil {
		return ""
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// labelled is the beginning of a JSON object that says which VM it is of.
type labelled struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// label puts the names of a row before the fields of its answer, a JSON object.
func (r *Row) label(answer []byte) ([]byte, error) {
	if r.ID == "" && r.Name == "" {
		return answer, nil
	}
	head, err := json.Marshal(labelled{r.ID, r.Name})
	if err != nil {
		return nil, err
	}
	head[len(head)-1] = ','
	return append(head, answer[1:]...), nil
}
