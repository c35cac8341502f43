package view

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/haochaping/haochaping/internal/web/respond"
)

// What is in assets is built from src (npm ci && npm run build there) and committed.
//
//go:embed assets/*
var assetFiles embed.FS

// AssetPrefix begins the address of every asset.
const AssetPrefix = "/ping/assets/"

type asset struct {
	name    string // as in the address: with a hash of its content
	content []byte
	packed  []byte // by gzip; nil where that saves nothing
	kind    string
}

// assets are by their own name and by the one in the address.
var assets = sync.OnceValue(func() map[string]*asset {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err) // embedded
	}
	index := map[string]*asset{}
	for _, entry := range entries {
		content, err := assetFiles.ReadFile("assets/" + entry.Name())
		if err != nil {
			panic(err) // embedded
		}
		sum := sha256.Sum256(content)
		extension := path.Ext(entry.Name())
		a := &asset{
			name:    strings.TrimSuffix(entry.Name(), extension) + "." + hex.EncodeToString(sum[:4]) + extension,
			content: content, packed: pack(content), kind: mime.TypeByExtension(extension),
		}
		index[entry.Name()], index[a.name] = a, a
	}
	return index
})

// pack compresses as well as gzip can; it is done once.
func pack(content []byte) []byte {
	var b bytes.Buffer
	zip, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is one of gzip's own
	}
	_, _ = zip.Write(content) // into memory
	_ = zip.Close()
	if b.Len() >= len(content) {
		return nil
	}
	return b.Bytes()
}

// Asset is the address of an asset; it changes with its content.
func Asset(name string) (string, error) {
	a, known := assets()[name]
	if !known {
		return "", fmt.Errorf("no asset %s", name)
	}
	return AssetPrefix + a.name, nil
}

// AssetHandler serves the assets. An address with the hash may be kept for ever, since its content never changes.
func AssetHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, AssetPrefix)
		a, known := assets()[name]
		if !known {
			http.NotFound(w, r)
			return
		}
		header := w.Header()
		header.Set("Content-Type", a.kind)
		header.Set("X-Content-Type-Options", "nosniff")
		respond.Share(header) // blocks in frames that are sandboxed are of no site
		if name == a.name {
			header.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			header.Set("Cache-Control", "no-cache")
		}
		content := a.content
		if a.packed != nil {
			header.Set("Vary", "Accept-Encoding")
			if respond.AcceptsGzip(r) {
				header.Set("Content-Encoding", "gzip")
				content = a.packed
			}
		}
		header.Set("Content-Length", strconv.Itoa(len(content)))
		_, _ = w.Write(content) // a reader that hung up loses his copy only
	})
}
