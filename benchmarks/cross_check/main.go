// Command crosscheck reads a Byline log with libraries that are not Byline's, and writes a log for
// Byline to read. The libraries are golang.org/x/mod/sumdb (note, tlog), filippo.io/torchwood and
// github.com/transparency-dev/merkle; run.py lays them out and runs both directions.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

// logDir holds the files of a log below one folder, as c2sp.org/tlog-tiles names them.
type logDir string

func (d logDir) ReadTiles(_ context.Context, tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range tiles {
		b, err := os.ReadFile(filepath.Join(string(d), torchwood.TilePath(t)))
		if err != nil {
			return nil, err
		}
		data = append(data, b)
	}
	return data, nil
}

func (d logDir) SaveTiles([]tlog.Tile, [][]byte) {}

func (d logDir) write(name string, data []byte) error {
	path := filepath.Join(string(d), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

func (d logDir) writeJSON(name string, value any) error {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	return d.write(name, append(data, '\n'))
}

// inclusion is a proof that a record is in a tree; hashes are in base64.
type inclusion struct {
	Index int64    `json:"index"`
	Size  int64    `json:"size"`
	Leaf  string   `json:"leaf"`
	Root  string   `json:"root"`
	Proof []string `json:"proof"`
}

// consistency is a proof that one tree is the start of another; hashes are in base64.
type consistency struct {
	OldSize int64    `json:"old_size"`
	Size    int64    `json:"size"`
	OldRoot string   `json:"old_root"`
	Root    string   `json:"root"`
	Proof   []string `json:"proof"`
}

func encodeHashes(hashes []tlog.Hash) []string {
	text := []string{}
	for _, h := range hashes {
		text = append(text, h.String())
	}
	return text
}

func decodeHashes(text []string) ([]tlog.Hash, [][]byte, error) {
	var hashes []tlog.Hash
	var raw [][]byte
	for _, t := range text {
		h, err := tlog.ParseHash(t)
		if err != nil {
			return nil, nil, err
		}
		hashes = append(hashes, h)
		raw = append(raw, append([]byte(nil), h[:]...))
	}
	return hashes, raw, nil
}

func decode(text string) (tlog.Hash, error) {
	h, err := tlog.ParseHash(text)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("hash %q: %w", text, err)
	}
	return h, nil
}

// formatProof writes a c2sp.org/tlog-proof@v1 file.
func formatProof(index int64, proof tlog.RecordProof, checkpoint []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "c2sp.org/tlog-proof@v1\nindex %d\n", index)
	for _, h := range proof {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(h[:]))
	}
	return append([]byte(b.String()+"\n"), checkpoint...)
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "verify" {
		return verify(logDir(args[1]))
	}
	if len(args) == 2 && args[0] == "make" {
		return makeLog(logDir(args[1]))
	}
	return fmt.Errorf("usage: crosscheck verify|make DIRECTORY")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "crosscheck:", err)
		os.Exit(1)
	}
}
