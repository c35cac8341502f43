package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// outline is what of the document is for readers, in its order.
type outline struct {
	Paths      ordered[map[string]operation] `json:"paths"`
	Components struct {
		Parameters map[string]parameter `json:"parameters"`
		Responses  map[string]answer    `json:"responses"`
		Schemas    map[string]schema    `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Tags        []string          `json:"tags"`
	Summary     string            `json:"summary"`
	Description string            `json:"description"`
	Parameters  []parameter       `json:"parameters"`
	Responses   map[string]answer `json:"responses"`
}

type parameter struct {
	Ref         string `json:"$ref"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Schema      struct {
		Minimum *int `json:"minimum"`
		Maximum *int `json:"maximum"`
		Default any  `json:"default"`
	} `json:"schema"`
}

// text says what a parameter means, and how great it may be.
func (p *parameter) text() string {
	text := p.Description
	if s := p.Schema; s.Minimum != nil && s.Maximum != nil {
		text += fmt.Sprintf("，%d 到 %d", *s.Minimum, *s.Maximum)
	}
	if p.Schema.Default != nil {
		text += fmt.Sprintf("；不写为 %v", p.Schema.Default)
	}
	return text
}

type answer struct {
	Ref     string `json:"$ref"`
	Content map[string]struct {
		Schema schema `json:"schema"`
	} `json:"content"`
}

type schema struct {
	Ref         string          `json:"$ref"`
	Description string          `json:"description"`
	Properties  ordered[schema] `json:"properties"`
	Items       *schema         `json:"items"`
	OneOf       []schema        `json:"oneOf"`
}

// ordered is an object whose members keep their order.
type ordered[T any] []member[T]

type member[T any] struct {
	name  string
	value T
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *ordered[T]) UnmarshalJSON(text []byte) error {
	members := json.NewDecoder(bytes.NewReader(text))
	if _, err := members.Token(); err != nil { // {
		return err
	}
	for members.More() {
		name, err := members.Token()
		if err != nil {
			return err
		}
		m := member[T]{name: fmt.Sprint(name)}
		if err := members.Decode(&m.value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

func (o ordered[T]) get(name string) (value T) {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return value
}

// last is the last part of a reference: Region of #/components/parameters/Region.
func last(reference string) string { return reference[strings.LastIndexByte(reference, '/')+1:] }

func (o *outline) parameter(p parameter) parameter {
	if p.Ref != "" {
		return o.Components.Parameters[last(p.Ref)]
	}
	return p
}

func (o *outline) schema(s schema) schema {
	if s.Ref != "" {
		return o.Components.Schemas[last(s.Ref)]
	}
	return s
}

// data are the fields of what an operation answers, those of lists and objects below their own.
func (o *outline) data(op operation) []Field {
	found := op.Responses["200"]
	if found.Ref != "" {
		found = o.Components.Responses[last(found.Ref)]
	}
	s := found.Content["application/json"].Schema
	if len(s.OneOf) > 0 { // a success stands before what may be wrong
		s = s.OneOf[0]
	}
	return o.fields("", o.schema(s).Properties.get("data"))
}

func (o *outline) fields(under string, s schema) (fields []Field) {
	s = o.schema(s)
	if s.Items != nil {
		return o.fields(under, *s.Items)
	}
	for _, p := range s.Properties {
		one := o.schema(p.value)
		if p.value.Description != "" { // beside a reference it says more than what is referred to
			one.Description = p.value.Description
		}
		fields = append(fields, Field{under + p.name, one.Description})
		fields = append(fields, o.fields(under+p.name+".", one)...)
	}
	return fields
}
