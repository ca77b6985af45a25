"""Files in the form in which Canvas and Moodle export them."""

# As Canvas exports its gradebook (its lib/gradebook_exporter.rb): five columns about the student, each assignment with
# its number, a line of possible points, its test student, and a name that begins with = as a formula of a text.
CANVAS = '''\
Student,ID,SIS User ID,SIS Login ID,Section,hw (77),Quiz (78)
"    Points Possible",,,,,10,5
"Lovelace, Ada",101,u1,ada,"CS, one",,4
"=""=1+1, Mallory""",102,u2,mallory,CS,,
"Test, Zoe",103,u3,zoe,CS,,
"Student, Test",999,,9f3c,CS,,
'''
# The same where names are split, numbers of the university are left out, and grades are posted by hand.
CANVAS_SPLIT = '''\
LastName;FirstName;ID;SIS Login ID;Section;hw (late) (76);hw (77)
;;;;;;Manual Posting
    Points Possible;;;;;5;10
Lovelace;Ada;101;ada;CS, one;;
"=""=1+1""";Mallory;102;mallory;CS;;
Test;Zoe;103;zoe;CS;;
Student;Test;999;9f3c;CS;;
'''
# As Moodle exports grades (docs.moodle.org, "Grade import": the form of the import is that of the export; its
# grade/export/txt and grade/import/csv), with a hyphen for a grade that there is not.
MOODLE = """\
First name,Last name,ID number,Institution,Department,Email address,Quiz: one
Ada,Lovelace,ada,,,ada@example.org,-
@Mal,=cmd|'/c calc'!A1,mallory,,,m@example.org,-
Zoe,Test,zoe,,,zoe@example.org,-
"""
