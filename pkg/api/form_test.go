package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// typesOf is the types that a schema allows; none: any.
func typesOf(s node) []string {
	switch v := s["type"].(type) {
	case string:
		return []string{v}
	case []any:
		types := make([]string, len(v))
		for i := range v {
			types[i], _ = v[i].(string)
		}
		return types
	}
	return nil
}

// typeOf is the type of a value of JSON.
func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
	}
	return "number"
}

// check lists where v is not as the schema s of the document says, as far as our schemas go.
func (n node) check(s node, v any, at string) (faults []string) {
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		target := n.at("components", "schemas", name)
		if target == nil {
			return []string{at + ": no schema " + ref}
		}
		return n.check(target, v, at)
	}
	if all, ok := s["oneOf"].([]any); ok {
		return n.checkOneOf(all, v, at)
	}
	if types, is := typesOf(s), typeOf(v); types != nil && !slices.Contains(types, is) && (is != "integer" || !slices.Contains(types, "number")) {
		return []string{fmt.Sprintf("%s: is a %s, not one of %v", at, is, types)}
	}
	if values, ok := s["enum"].([]any); ok && v != nil && !slices.Contains(values, v) {
		faults = append(faults, fmt.Sprintf("%s: is %v, not one of %v", at, v, values))
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			faults = append(faults, n.check(s.at("items"), v[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		faults = append(faults, n.checkObject(s, v, at)...)
	}
	return faults
}

func (n node) checkObject(s node, v map[string]any, at string) (faults []string) {
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			faults = append(faults, fmt.Sprintf("%s: lacks %v", at, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		property, open := s.at("properties", name), s.at("additionalProperties")
		switch {
		case property != nil:
			faults = append(faults, n.check(property, v[name], at+"."+name)...)
		case open != nil:
			faults = append(faults, n.check(open, v[name], at+"."+name)...)
		case s["additionalProperties"] == false:
			faults = append(faults, fmt.Sprintf("%s: has %s, which is not documented", at, name))
		}
	}
	return faults
}

func (n node) checkOneOf(all []any, v any, at string) []string {
	var fits int
	var faults []string
	for _, one := range all {
		if wrong := n.check(one.(map[string]any), v, at); wrong == nil {
			fits++
		} else {
			faults = append(faults, wrong...)
		}
	}
	if fits == 1 {
		return nil
	}
	return append(faults, fmt.Sprintf("%s: fits %d of %d schemas", at, fits, len(all)))
}
