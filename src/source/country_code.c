#include "source/country_code.h"

// Three letters and the two, ascending.
static const char table[] = "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS "
                            "ATAAQ ATFTF ATGAG AUSAU AUTAT "
                            "AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA "
                            "BLMBL BLRBY BLZBZ BMUBM BOLBO "
                            "BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL "
                            "CHNCN CIVCI CMRCM CODCD COGCG "
                            "COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ "
                            "DEUDE DJIDJ DMADM DNKDK DOMDO "
                            "DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK "
                            "FRAFR FROFO FSMFM GABGA GBRGB "
                            "GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD "
                            "GRLGL GTMGT GUFGF GUMGU GUYGY "
                            "HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE "
                            "IRNIR IRQIQ ISLIS ISRIL ITAIT "
                            "JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR "
                            "KOSXK KWTKW LAOLA LBNLB LBRLR "
                            "LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA "
                            "MCOMC MDAMD MDGMG MDVMV MEXMX "
                            "MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS "
                            "MTQMQ MUSMU MWIMW MYSMY MYTYT "
                            "NAMNA NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR "
                            "NZLNZ OMNOM PAKPK PANPA PCNPN "
                            "PERPE PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF "
                            "QATQA REURE ROURO RUSRU RWARW "
                            "SAUSA SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM "
                            "SOMSO SPMPM SRBRS SSDSS STPST "
                            "SURSR SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG "
                            "THATH TJKTJ TKLTK TKMTM TLSTL "
                            "TONTO TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY "
                            "USAUS UZBUZ VATVA VCTVC VENVE "
                            "VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS XKXXK YEMYE ZAFZA ZMBZM ZWEZW ";

enum { ROW_SIZE = 6 };

static bool is_letter(uint8_t byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

bool country_code_parse(struct bytes text, char code[3])
{
    if (text.size != 2 || !is_letter(text.data[0]) || !is_letter(text.data[1])) {
        return false;
    }
    code[0] = (char)(text.data[0] & 0xdf);
    code[1] = (char)(text.data[1] & 0xdf);
    code[2] = 0;
    return true;
}

bool country_code_from_three(struct bytes text, char code[3])
{
    size_t low = 0;
    size_t high = (sizeof(table) - 1) / ROW_SIZE;
    if (text.size != 3) {
        return false;
    }
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *const row = table + middle * ROW_SIZE;
        const int order = memcmp(text.data, row, 3);
        if (order == 0) {
            memcpy(code, row + 3, 2);
            code[2] = 0;
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

// Rows from `first` on, to `end`.
static const char *row_of_two(const char code[3], size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (memcmp(table + i * ROW_SIZE + 3, code, 2) == 0) {
            return table + i * ROW_SIZE;
        }
    }
    return NULL;
}

bool country_code_to_three(const char code[3], char three[4])
{
    // Both codes nearly always begin with the same letter, by which the rows ascend.
    const size_t count = (sizeof(table) - 1) / ROW_SIZE;
    size_t first = 0;
    for (size_t high = count; first < high;) {
        const size_t middle = first + (high - first) / 2;
        if (table[middle * ROW_SIZE] < code[0]) {
            first = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t end = first;
    while (end < count && table[end * ROW_SIZE] == code[0]) {
        end++;
    }
    const char *row = row_of_two(code, first, end);
    row = row != NULL ? row : row_of_two(code, 0, count);
    if (row == NULL) {
        return false;
    }
    memcpy(three, row, 3);
    three[3] = 0;
    return true;
}

int64_t country_code_number(const char code[3])
{
    return (code[0] - 'A') * 26 + (code[1] - 'A');
}
