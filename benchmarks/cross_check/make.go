package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	origin  = "go.example/log"
	size    = 600
	witness = "go.example/witness"
)

// stored keeps all hashes of a log in the order of tlog.StoredHashIndex.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", i)
		}
		hashes = append(hashes, s[i])
	}
	return hashes, nil
}

func record(i int) []byte {
	switch i {
	case 0:
		return nil
	case 1:
		return []byte(strings.Repeat("long ", 200))
	default:
		return fmt.Appendf(nil, "{\"entry\":%d}\x00\xff", i)
	}
}

// makeLog writes a log, cosigned, with proof files and proofs of every kind, for Byline to verify.
func makeLog(dir logDir) error {
	hashes, bundles, err := appendAll()
	if err != nil {
		return err
	}
	if err := writeTiles(dir, hashes, bundles); err != nil {
		return err
	}
	signed, err := writeCheckpoints(dir, hashes)
	if err != nil {
		return err
	}
	return writeProofs(dir, hashes, signed)
}

func appendAll() (stored, [][]byte, error) {
	var hashes stored
	bundles := [][]byte{nil}
	for i := range size {
		added, err := tlog.StoredHashes(int64(i), record(i), hashes)
		if err != nil {
			return nil, nil, err
		}
		hashes = append(hashes, added...)
		if i > 0 && i%torchwood.TileWidth == 0 {
			bundles = append(bundles, nil)
		}
		last := len(bundles) - 1
		length := len(record(i))
		bundles[last] = append(append(bundles[last], byte(length>>8), byte(length)), record(i)...)
	}
	return hashes, bundles, nil
}

func writeTiles(dir logDir, hashes stored, bundles [][]byte) error {
	for _, tile := range tlog.NewTiles(torchwood.TileHeight, 0, size) {
		data, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		if err := dir.write("log/"+torchwood.TilePath(tile), data); err != nil {
			return err
		}
		if tile.L > 0 {
			continue
		}
		tile.L = -1
		if err := dir.write("log/"+torchwood.TilePath(tile), bundles[tile.N]); err != nil {
			return err
		}
	}
	return nil
}

// writeCheckpoints signs the log's head with note, and cosigns it with torchwood.
func writeCheckpoints(dir logDir, hashes stored) ([]byte, error) {
	skey, vkey, err := note.GenerateKey(nil, origin)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, err
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	cosigner, err := torchwood.NewCosignatureSigner(witness, private)
	if err != nil {
		return nil, err
	}
	root, err := tlog.TreeHash(size, hashes)
	if err != nil {
		return nil, err
	}
	head := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: size, Hash: root}}
	signed, err := note.Sign(&note.Note{Text: head.String()}, signer, cosigner)
	if err != nil {
		return nil, err
	}
	head.Extension = "extension line\nanother with é\n"
	// Not cosigned: this torchwood signs the first three lines, the specification all of them.
	extended, err := note.Sign(&note.Note{Text: head.String()}, signer)
	if err != nil {
		return nil, err
	}
	return signed, errors.Join(
		dir.write("log.vkey", []byte(vkey+"\n")),
		dir.write("log.skey", []byte(skey+"\n")),
		dir.write("witness.vkey", []byte(cosigner.Verifier().String()+"\n")),
		dir.write("log/checkpoint", signed),
		dir.write("checkpoint-extended", extended),
	)
}

func writeProofs(dir logDir, hashes stored, signed []byte) error {
	var included []inclusion
	var grown []consistency
	sizes := []int64{1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, size}
	for _, n := range sizes {
		root, err := tlog.TreeHash(n, hashes)
		if err != nil {
			return err
		}
		for _, i := range []int64{0, n / 3, n / 2, n - 1} {
			p, err := tlog.ProveRecord(n, i, hashes)
			if err != nil {
				return err
			}
			leaf := tlog.RecordHash(record(int(i)))
			included = append(included,
				inclusion{i, n, leaf.String(), root.String(), encodeHashes(p)})
			if n == size {
				name := fmt.Sprintf("proofs/%d.tlog-proof", i)
				if err := dir.write(name, formatProof(i, p, signed)); err != nil {
					return err
				}
			}
		}
		for _, old := range sizes {
			if old > n {
				break
			}
			p, err := tlog.ProveTree(n, old, hashes)
			if err != nil {
				return err
			}
			before, err := tlog.TreeHash(old, hashes)
			if err != nil {
				return err
			}
			grown = append(grown,
				consistency{old, n, before.String(), root.String(), encodeHashes(p)})
		}
	}
	return errors.Join(
		dir.writeJSON("inclusion.json", included), dir.writeJSON("consistency.json", grown))
}

// loadWitness reads Byline's private key of a witness, `PRIVATE+KEY+name+hash+base64`, so that its
// public half and the check of its cosignatures are torchwood's alone.
func loadWitness(dir logDir) (*torchwood.CosignatureSigner, error) {
	data, err := os.ReadFile(filepath.Join(string(dir), "witness.skey"))
	if err != nil {
		return nil, err
	}
	parts := strings.SplitN(strings.TrimSpace(string(data)), "+", 5)
	if len(parts) != 5 {
		return nil, errors.New("not a private key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(key) != 1+ed25519.SeedSize {
		return nil, errors.New("not a witness's Ed25519 key")
	}
	return torchwood.NewCosignatureSigner(parts[2], ed25519.NewKeyFromSeed(key[1:]))
}
