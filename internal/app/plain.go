package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/store"
)

// actions are names of actions before what is Chinese, which are for the log.
var actions = regexp.MustCompile(`^(?:[a-z][a-z0-9 :]*: )+(\p{Han})`)

// words are an error for who gave a command: Chinese first, then what the system said, and every violation on a line of its own.
func words(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && len(f.Violations) > 1 {
		text := fmt.Sprintf("参数不合法，共 %d 处：", len(f.Violations))
		for _, v := range f.Violations {
			text += "\n  " + v.Field + " " + v.Reason
		}
		return text
	}
	if f != nil && f.Kind == fault.Unavailable && !f.Undecided && systemWords(f.Unwrap()) != "" {
		err = f.Unwrap() // the fault's own words are for callers of the interfaces
	}
	text := err.Error()
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		var file *fs.PathError
		if errors.As(err, &file) {
			text = strings.Replace(text, file.Error(), file.Path+"："+fileReason(file)+"（"+file.Error()+"）", 1)
		}
		return actions.ReplaceAllString(text, "$1")
	}
	if plain := systemWords(err); plain != "" {
		return plain + "（" + strings.Join(strings.Fields(text), " ") + "）"
	}
	return text
}

// systemWords say in Chinese what the system refused; empty when it was something else.
func systemWords(err error) string {
	var file *fs.PathError
	var network *net.OpError
	switch plain := store.Plainly(err); {
	case plain != "":
		return plain
	case errors.As(err, &file):
		return "不能使用文件 " + file.Path + "：" + fileReason(file)
	case errors.As(err, &network) && network.Op == "listen":
		where := "listen 的地址"
		if network.Addr != nil {
			where = network.Addr.String()
		}
		return "不能在 " + where + " 监听：" + reason(network.Err)
	}
	return ""
}

// reasons are what the system refuses for.
var reasons = []struct {
	is   error
	says string
}{
	{fs.ErrNotExist, "没有这个文件或目录"},
	{fs.ErrExist, "已经存在"},
	{fs.ErrPermission, "没有权限"},
	{syscall.EISDIR, "这是一个目录"},
	{syscall.ENOTDIR, "路径中有一段不是目录"},
	{syscall.ENOSPC, "磁盘已满"},
	{syscall.EROFS, "文件系统只能读"},
	{syscall.EADDRINUSE, "地址已被别的程序占用"},
	{syscall.EADDRNOTAVAIL, "本机没有这个地址"},
}

// fileReason is what the system refuses a file for; where its folder is missing it is that which is to be made.
func fileReason(file *fs.PathError) string {
	if folder := filepath.Dir(file.Path); errors.Is(file.Err, fs.ErrNotExist) {
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			return "没有目录 " + folder + "，请先建立，或核对文件名"
		}
	}
	return reason(file.Err)
}

func reason(err error) string {
	for _, r := range reasons {
		if errors.Is(err, r.is) {
			return r.says
		}
	}
	return "系统拒绝"
}

// named calls the fields of a fault what they are called on the command line.
func named(err error, names map[string]string) error {
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Violations) == 0 {
		return err
	}
	violations := slices.Clone(f.Violations)
	for i := range violations {
		violations[i].Field = cmp.Or(names[violations[i].Field], violations[i].Field)
	}
	return fault.NewInvalid(violations...)
}
