package document

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = "# Top\n\n## One\n\n```sh\n# no heading\nvmmp\n```\n\n### Deep\n\n```\nplain\n```\n" +
	"\n- item\n\n  ```go\n  # none\n  ```\n\n## Two\n\n```go\n```\n"

func TestBlocks(t *testing.T) {
	d := Document{Path: "docs/sample.md", Text: sample}
	want := []Block{
		{d.Path, []string{"Top", "One"}, "sh", "# no heading\nvmmp\n"},
		{d.Path, []string{"Top", "One", "Deep"}, "", "plain\n"},
		{d.Path, []string{"Top", "One", "Deep"}, "go", "  # none\n"},
		{d.Path, []string{"Top", "Two"}, "go", ""},
	}
	got := d.Blocks()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !got[1].Under("One") || got[3].Under("One") {
		t.Error("a block is under the sections around it, and no other")
	}
	if diff := cmp.Diff([]string{"Top", "One", "Deep", "Two"}, d.Headings()); diff != "" {
		t.Error(diff)
	}
}

func TestGuides(t *testing.T) {
	guides, all := Guides(t), All(t)
	if !slices.ContainsFunc(guides, func(d Document) bool { return d.Path == "README.md" }) {
		t.Errorf("README.md is none of %d guides", len(guides))
	}
	if len(all) < len(guides)+4 { // CHANGELOG, CONTRIBUTING, the model card, the runbook
		t.Errorf("found %d documents", len(all))
	}
}
