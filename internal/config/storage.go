// Package config holds the settings: what each is called, what it is when nobody says, and what it may be. A setting is
// given as a flag, as HAOCHAPING_* in the environment, or in the file named by --config, in this order of precedence.
package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// embedded begins the address of an embedded database.
const embedded = "sqlite:"

// Storage says where reviews are kept and how. Every command that touches them takes it.
type Storage struct {
	Database string `help:"数据库：sqlite:文件，或 postgres://用户@主机/库；密码只能写在环境变量 HAOCHAPING_DATABASE 的地址中，或另用文件。" default:"sqlite:haochaping.db" placeholder:"URL"`
	// DatabasePasswordFile keeps the password out of the address, and with it out of arguments and of the environment.
	DatabasePasswordFile string `help:"PostgreSQL 密码的文件；与写在 HAOCHAPING_DATABASE 地址中二选一。密码不能写在命令行参数中。" placeholder:"FILE"`
	KeyFile              string `help:"密钥文件，用 key new 生成。嵌入式数据库未指定时用数据库文件名加 .key，首次启动时自动生成。" placeholder:"FILE"`
	Seal                 string `help:"个人信息的加密算法：sm4（SM4-GCM）或 aes（AES-GCM）。" default:"sm4"`
	// RootRegion is where everything counts that can't be placed better.
	RootRegion string `help:"本平台所属区划，12 位编码；无法判定区划的评价计入此处。" default:"440000000000" placeholder:"CODE"`
	Lanes      int    `help:"并行提交的批次数（PostgreSQL，1 到 32）；0 为自动。" default:"0" placeholder:"N"`
}

// Check reports everything that is wrong, joined.
func (s *Storage) Check() error {
	var faults []error
	refuse := func(when bool, format string, arguments ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, arguments...))
		}
	}
	postgres := strings.HasPrefix(s.Database, "postgres://") || strings.HasPrefix(s.Database, "postgresql://")
	refuse(!postgres && (!s.Embedded() || s.file() == ""), "database 应为 sqlite:文件 或 postgres://…")
	refuse(!postgres && s.DatabasePasswordFile != "", "database-password-file 只用于 PostgreSQL")
	if address, err := url.Parse(s.Database); postgres && err == nil && s.DatabasePasswordFile != "" {
		_, both := address.User.Password()
		refuse(both || address.Query().Has("password"), "数据库的密码写在 database 地址中，又设置了 database-password-file，请只留一处")
	}
	_, known := s.Algorithm()
	refuse(!known, "seal 应为 sm4 或 aes")
	region, ok := org.NormalizeRegion(s.RootRegion)
	refuse(!ok || region != s.RootRegion, "root-region 应为 12 位数字的区划编码")
	refuse(s.Lanes < 0 || s.Lanes > review.Slots, "lanes 应为 0 到 %d", review.Slots)
	return errors.Join(faults...)
}

// Address is the database's address with the password in it.
func (s *Storage) Address() (string, error) {
	if s.DatabasePasswordFile == "" {
		return s.Database, nil
	}
	text, err := os.ReadFile(s.DatabasePasswordFile)
	if err != nil {
		return "", fmt.Errorf("读不了 database-password-file：%w", err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" {
		return "", fmt.Errorf("database-password-file %s 是空的", s.DatabasePasswordFile)
	}
	address, err := url.Parse(s.Database)
	if err != nil {
		return "", errors.New("database 应为 sqlite:文件 或 postgres://…") // the parser's words could quote a password
	}
	address.User = url.UserPassword(address.User.Username(), password)
	return address.String(), nil
}

// TellsPassword says whether an argument of a command line holds the password of a database: everybody on the machine could read
// it there.
func TellsPassword(argument string) bool {
	at := strings.Index(argument, "postgres")
	if at < 0 {
		return false
	}
	text := argument[at:]
	if !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") {
		return false
	}
	address, err := url.Parse(text)
	if err != nil {
		return strings.Contains(text, "@") // it can't be read: nobody knows what it tells
	}
	_, told := address.User.Password()
	return told || address.Query().Has("password")
}

// Embedded says whether the database is a file of our own.
func (s *Storage) Embedded() bool { return strings.HasPrefix(s.Database, embedded) }

func (s *Storage) file() string { return strings.TrimPrefix(s.Database, embedded) }

// EmbeddedKeyFile is the key file of an embedded database: the one named, else the one beside the database.
func (s *Storage) EmbeddedKeyFile() string {
	if s.KeyFile != "" {
		return s.KeyFile
	}
	return s.file() + ".key"
}

// EmbeddedFile is the file of an embedded database.
func (s *Storage) EmbeddedFile() string { return s.file() }

// Algorithm is how personal data is sealed; false when there is no such algorithm.
func (s *Storage) Algorithm() (privacy.Algorithm, bool) {
	algorithm, known := map[string]privacy.Algorithm{"sm4": privacy.SM4, "aes": privacy.AES}[s.Seal]
	return algorithm, known
}
