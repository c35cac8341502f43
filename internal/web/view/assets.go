package view

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

// What is in assets is built from src by scripts/assets and committed.
//
//go:embed assets/*
var assetFiles embed.FS

// AssetPrefix begins the address of every asset.
const AssetPrefix = "/ping/assets/"

type asset struct {
	name    string // as in the address: with a hash of its content
	content []byte
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
			content: content, kind: mime.TypeByExtension(extension),
		}
		index[entry.Name()], index[a.name] = a, a
	}
	return index
})

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
		if name == a.name {
			header.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			header.Set("Cache-Control", "no-cache")
		}
		_, _ = w.Write(a.content) // a reader that hung up loses his copy only
	})
}
