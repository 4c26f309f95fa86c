package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// verify checks everything in a folder that run.py wrote with Byline: log/, log.vkey, witness.skey,
// consistency.json and proofs/*.tlog-proof.
func verify(dir logDir) error {
	known, err := knownKeys(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(string(dir), "log")
	signed, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	if err != nil {
		return err
	}
	tree, signatures, err := openCheckpoint(signed, known)
	if err != nil {
		return err
	}
	if signatures != len(known) {
		return fmt.Errorf("expected %d signatures of known keys, got %d", len(known), signatures)
	}
	entries, err := readEntries(logDir(path), tree)
	if err != nil {
		return err
	}
	proved, err := proveFromTiles(logDir(path), tree, entries)
	if err != nil {
		return err
	}
	offline, err := verifyOffline(dir, known, entries)
	if err != nil {
		return err
	}
	grown, err := verifyConsistency(dir)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"entries_read":            len(entries),
		"signatures_verified":     signatures,
		"proofs_from_our_tiles":   proved,
		"our_inclusion_proofs":    offline,
		"our_consistency_proofs":  grown,
		"checked_by_tlog":         true,
		"checked_by_merkle_proof": true,
	})
}

// knownKeys returns the log's verifier and the witness's, derived from its private key by torchwood.
func knownKeys(dir logDir) ([]note.Verifier, error) {
	vkey, err := os.ReadFile(filepath.Join(string(dir), "log.vkey"))
	if err != nil {
		return nil, err
	}
	log, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return nil, err
	}
	witness, err := loadWitness(dir)
	if err != nil {
		return nil, err
	}
	return []note.Verifier{log, witness.Verifier()}, nil
}

func openCheckpoint(signed []byte, known []note.Verifier) (tlog.Tree, int, error) {
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	if len(n.UnverifiedSigs) != 0 {
		return tlog.Tree{}, 0, errors.New("a signature by an unknown key")
	}
	c, err := torchwood.ParseCheckpoint(n.Text)
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	if c.Origin != known[0].Name() || n.Sigs[0].Name != known[0].Name() {
		return tlog.Tree{}, 0, fmt.Errorf("checkpoint of %q, not of the log", c.Origin)
	}
	return c.Tree, len(n.Sigs), nil
}

// readEntries reads all bundles with torchwood's client, which checks each against the tree.
func readEntries(dir logDir, tree tlog.Tree) ([][]byte, error) {
	client, err := torchwood.NewClient(dir, torchwood.WithCutEntry(cutEntry))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for int64(len(entries)) < tree.N {
		before := len(entries)
		for _, entry := range client.Entries(context.Background(), tree, int64(before)) {
			entries = append(entries, append([]byte(nil), entry...))
		}
		if client.Err() != nil {
			return nil, client.Err()
		}
		if len(entries) == before {
			return nil, errors.New("the client stopped before the end of the log")
		}
	}
	return entries, nil
}

func cutEntry(tile []byte) ([]byte, tlog.Hash, []byte, error) {
	if len(tile) < 2 || len(tile) < 2+int(tile[0])<<8+int(tile[1]) {
		return nil, tlog.Hash{}, nil, errors.New("bundle ends within an entry")
	}
	end := 2 + int(tile[0])<<8 + int(tile[1])
	return tile[2:end], tlog.RecordHash(tile[2:end]), tile[end:], nil
}

// proveFromTiles lets tlog make proofs from Byline's tiles and checks them with tlog.
func proveFromTiles(dir logDir, tree tlog.Tree, entries [][]byte) (int, error) {
	hashes := torchwood.TileHashReaderWithContext(context.Background(), tree, dir)
	step, proved := max(tree.N/500, 1), 0
	for i := int64(0); i < tree.N; i += step {
		p, err := tlog.ProveRecord(tree.N, i, hashes)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckRecord(p, tree.N, tree.Hash, i, tlog.RecordHash(entries[i])); err != nil {
			return 0, fmt.Errorf("record %d: %w", i, err)
		}
		old, err := tlog.TreeHash(i+1, hashes)
		if err != nil {
			return 0, err
		}
		t, err := tlog.ProveTree(tree.N, i+1, hashes)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckTree(t, tree.N, tree.Hash, i+1, old); err != nil {
			return 0, fmt.Errorf("tree %d: %w", i+1, err)
		}
		proved += 2
	}
	return proved, nil
}

// verifyOffline checks Byline's proof files, each with its own checkpoint, in two libraries.
func verifyOffline(dir logDir, known []note.Verifier, entries [][]byte) (int, error) {
	files, err := filepath.Glob(filepath.Join(string(dir), "proofs", "*.tlog-proof"))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("no proof files: %w", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		if err := verifyProofFile(string(data), known, entries); err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	return len(files), nil
}

func verifyProofFile(data string, known []note.Verifier, entries [][]byte) error {
	head, signed, found := strings.Cut(data, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil || index >= int64(len(entries)) {
		return fmt.Errorf("index %q", lines[1])
	}
	hashes, raw, err := decodeHashes(lines[2:])
	if err != nil {
		return err
	}
	tree, _, err := openCheckpoint([]byte(signed), known)
	if err != nil {
		return err
	}
	leaf := tlog.RecordHash(entries[index])
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, index, leaf); err != nil {
		return err
	}
	return proof.VerifyInclusion(
		rfc6962.DefaultHasher, uint64(index), uint64(tree.N), leaf[:], raw, tree.Hash[:])
}

// verifyConsistency checks Byline's proofs of growth in two libraries.
func verifyConsistency(dir logDir) (int, error) {
	data, err := os.ReadFile(filepath.Join(string(dir), "consistency.json"))
	if err != nil {
		return 0, err
	}
	var cases []consistency
	if err := json.Unmarshal(data, &cases); err != nil {
		return 0, err
	}
	for _, c := range cases {
		old, err := decode(c.OldRoot)
		if err != nil {
			return 0, err
		}
		root, err := decode(c.Root)
		if err != nil {
			return 0, err
		}
		hashes, raw, err := decodeHashes(c.Proof)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckTree(hashes, c.Size, root, c.OldSize, old); err != nil {
			return 0, fmt.Errorf("%d to %d: %w", c.OldSize, c.Size, err)
		}
		err = proof.VerifyConsistency(
			rfc6962.DefaultHasher, uint64(c.OldSize), uint64(c.Size), raw, old[:], root[:])
		if err != nil {
			return 0, fmt.Errorf("%d to %d: %w", c.OldSize, c.Size, err)
		}
	}
	return len(cases), nil
}
