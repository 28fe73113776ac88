package atomicfile_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"vmmp/pkg/atomicfile"
)

func ExampleWrite() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "greeting.txt")
	for _, text := range []string{"good day", "good night"} {
		if err := atomicfile.Write(path, []byte(text)); err != nil {
			log.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	fmt.Println(string(text), err)
	// Output: good night <nil>
}
