package view

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/haochaping/haochaping/internal/catalog"
)

// Every word that a template asks for is there in both languages, and every word is asked for.
func TestWordsOfTheTemplates(t *testing.T) {
	asked := map[string]bool{}
	err := fs.WalkDir(templates, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(templates, name)
		for _, call := range regexp.MustCompile(`\bt "([^"]*)"`).FindAllStringSubmatch(string(text), -1) {
			asked[call[1]] = true
			if _, known := words[call[1]]; !known {
				t.Errorf("%s asks for the word %q, which is not there", name, call[1])
			}
		}
		return err
	})
	if err != nil || len(asked) == 0 {
		t.Fatal(err)
	}
	for key, texts := range words {
		if texts[Chinese] == "" || texts[English] == "" {
			t.Errorf("%q is missing in a language", key)
		}
		if strings.ContainsFunc(texts[English], func(r rune) bool { return unicode.Is(unicode.Han, r) }) && key != "othername" {
			t.Errorf("%q is Chinese in English", key)
		}
	}
}

// Every national tag has its English name.
func TestTagsInEnglish(t *testing.T) {
	for _, tag := range catalog.National() {
		if name := TagName(English, tag.ID, tag.Name); name == tag.Name || name == "" {
			t.Errorf("tag %s %s has no English name", tag.ID, tag.Name)
		}
	}
}

// A line may break after the degree and nowhere else in a word.
func TestWordParts(t *testing.T) {
	for _, language := range []Language{Chinese, English} {
		for _, word := range StarWords(language) {
			if parts := WordParts(word); strings.Join(parts, "") != word || len(parts) > 2 {
				t.Errorf("%q becomes %q", word, parts)
			}
		}
	}
	if got := WordParts("非常不满意"); len(got) != 2 || got[1] != "不满意" {
		t.Errorf("非常不满意 becomes %q", got)
	}
}
