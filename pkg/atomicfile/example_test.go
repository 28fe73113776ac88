package atomicfile_test

import (
	"fmt"
	"os"
	"path/filepath"

	"vmmp/pkg/atomicfile"
)

func ExampleWrite() {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("greeting-%d", os.Getpid()))
	for _, text := range []string{"good day", "good night"} {
		if err := atomicfile.Write(path, []byte(text)); err != nil {
			fmt.Println(err)
		}
	}
	text, err := os.ReadFile(path)
	fmt.Println(string(text), err, os.Remove(path))
	// Output: good night <nil> <nil>
}
